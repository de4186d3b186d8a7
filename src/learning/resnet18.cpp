#include "learning/resnet18.h"

#include "learning/image_channels.h"

namespace windtunnel::learning {

std::int64_t Resnet18::parameters(const Facts& data) const {
  check_channels("resnet18", data.shape);
  return 11'176'512 + (maps + 1) * data.classes;  // all layers but the last, and the last
}

ComputeCost Resnet18::cost(const Facts& data) const {
  const double scale = static_cast<double>(data.shape.height * data.shape.width) / (32 * 32);
  // facts 9: 0.26 s per batch of 128.
  return {.seconds_per_sample = 0.26 / 128 * scale,
          .forward_share = 0.27,
          .parallel_fraction = 0.85,
          .flops_per_sample = 217.3e6 * scale,
          .activation_bytes_per_sample = 610e3 * scale,
          .source = "facts 9: 3×32×32, batch 128"};
}

}  // namespace windtunnel::learning
