#include "learning/mobilenet_v3_small.h"

#include "learning/image_channels.h"

namespace windtunnel::learning {

std::int64_t MobilenetV3Small::parameters(const Facts& data) const {
  check_channels("mobilenet_v3_small", data.shape);
  return 1'517'856 + (width + 1) * data.classes;  // all layers but the last, and the last
}

ComputeCost MobilenetV3Small::cost(const Facts& data) const {
  const double scale = static_cast<double>(data.shape.height * data.shape.width) / (32 * 32);
  // facts 9: 0.18 s per batch of 128.
  return {.seconds_per_sample = 0.18 / 128 * scale,
          .forward_share = 0.31,
          .parallel_fraction = 0.75,
          .flops_per_sample = 12.8e6 * scale,
          .activation_bytes_per_sample = 460e3 * scale,
          .source = "facts 9: 3×32×32, batch 128"};
}

}  // namespace windtunnel::learning
