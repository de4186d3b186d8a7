#include "learning/small_cnn.h"

#include <fmt/format.h>

#include "base/error.h"

namespace windtunnel::learning {

std::int64_t SmallCnn::features(const Facts& data) {
  if (data.shape.height < 4 || data.shape.width < 4) {
    throw InputError(fmt::format("small_cnn takes images of at least 4×4, the dataset's are {}×{}", data.shape.height,
                                 data.shape.width));
  }
  return maps2 * ((data.shape.height + 3) / 4) * ((data.shape.width + 3) / 4);
}

std::int64_t SmallCnn::parameters(const Facts& data) const {
  return (25 * data.shape.channels + 1) * maps1 + (9 * maps1 + 1) * maps2 + (features(data) + 1) * width +
         (width + 1) * data.classes;
}

ComputeCost SmallCnn::cost(const Facts& data) const {
  const double scale = static_cast<double>(data.shape.height * data.shape.width) / (28 * 28);
  return {.seconds_per_sample = 19.0e-6 * scale,
          .forward_share = 0.32,
          .parallel_fraction = 0.55,
          .flops_per_sample = 1.971e6 * scale,
          .activation_bytes_per_sample = 85e3 * scale,
          .source = "1×28×28, batch 64"};
}

}  // namespace windtunnel::learning
