#include "experiment/statistics.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace windtunnel::experiment {

Estimate estimate(std::span<const double> values) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Estimate result{.mean = nan, .half_width = nan, .values = 0};
  double sum = 0;
  for (double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++result.values;
  }
  if (result.values == 0) return result;
  const auto n = static_cast<double>(result.values);
  result.mean = sum / n;
  if (result.values == 1 || !std::isfinite(result.mean)) return result;
  double squares = 0;
  for (double value : values) {
    if (!std::isnan(value)) squares += (value - result.mean) * (value - result.mean);
  }
  const boost::math::students_t distribution(n - 1);
  const double t = boost::math::quantile(boost::math::complement(distribution, 0.025));
  result.half_width = t * std::sqrt(squares / (n - 1) / n);
  return result;
}

}  // namespace windtunnel::experiment
