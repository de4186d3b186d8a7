// What replications say about a quantity.
#pragma once

#include <cstdint>
#include <span>

namespace windtunnel::experiment {

/// Mean with its confidence interval mean ± half_width.
struct Estimate {
  double mean = 0;        ///< NaN when there are no values
  double half_width = 0;  ///< NaN when there are fewer than two values
  std::int64_t values = 0;
};

/// 95 % confidence interval of the mean by Student's t: half_width = t(0.975, n−1) · s / √n, s the sample standard
/// deviation (n−1 in the denominator). NaN values are left out; an infinity makes the mean infinite and the width NaN.
Estimate estimate(std::span<const double> values);

}  // namespace windtunnel::experiment
