// The middle of a benchmark's repetitions.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

namespace windtunnel::bench {

/// The middle value, of an even number the mean of the two in the middle; NaN of none.
inline double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace windtunnel::bench
