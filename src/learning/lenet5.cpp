#include "learning/lenet5.h"

#include <fmt/format.h>

#include "base/error.h"

namespace windtunnel::learning {

std::int64_t Lenet5::padding(const Facts& data) {
  const ImageShape& shape = data.shape;
  if (shape.height != shape.width || (shape.height != 28 && shape.height != 32)) {
    throw InputError(
        fmt::format("lenet5 takes images of 28×28 or 32×32, the dataset's are {}×{}", shape.height, shape.width));
  }
  return (32 - shape.height) / 2;
}

std::int64_t Lenet5::parameters(const Facts& data) const {
  padding(data);
  return (25 * data.shape.channels + 1) * 6 + (25 * 6 + 1) * 16 + (400 + 1) * 120 + (120 + 1) * 84 +
         (84 + 1) * data.classes;
}

ComputeCost Lenet5::cost(const Facts& data) const {
  padding(data);  // both sizes lead to nearly the same work
  return {.seconds_per_sample = 63.0e-6,
          .forward_share = 0.51,
          .parallel_fraction = 0.87,
          .flops_per_sample = 2.264e6,
          .activation_bytes_per_sample = 140e3,
          .source = "1×28×28, batch 64"};
}

}  // namespace windtunnel::learning
