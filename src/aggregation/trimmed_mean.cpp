#include "aggregation/trimmed_mean.h"

#include <algorithm>

#include "aggregation/sorted_columns.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

WINDTUNNEL_VECTOR_CLONES void add_to(double* __restrict sums, const float* __restrict values, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) sums[j] += double{values[j]};
}
WINDTUNNEL_VECTOR_CLONES void divided(const double* __restrict sums, double count, std::size_t n,
                                      float* __restrict out) {
  for (std::size_t j = 0; j < n; ++j) out[j] = static_cast<float>(sums[j] / count);
}

}  // namespace

// bench/rules_bench.cpp: the sort, and the sum of what is kept.
Work TrimmedMean::work_per_value(double n) const {
  const double kept = std::max(n - 2 * static_cast<double>(f), 1.0);
  return {.flops = 0.67 * SortedColumns::steps(n) + 3.4 * kept + 7.9 * n};
}

void TrimmedMean::combine(const Updates& updates, std::span<float> out) const {
  const Rows rows = updates.rows;
  const auto trim = static_cast<std::size_t>(updates.remaining(f));
  const Ranks kept{.first = trim, .last = rows.size() - trim};
  const auto count = static_cast<double>(kept.last - kept.first);
  SortedColumns columns(rows, kept);
  std::vector<double> sum;
  while (columns.next()) {
    sum.assign(columns.width(), 0.0);
    for (std::size_t k = kept.first; k < kept.last; ++k) {
      const std::span<const float> values = columns.rank(k);
      add_to(sum.data(), values.data(), values.size());
    }
    float* result = out.data() + columns.column();
    divided(sum.data(), count, sum.size(), result);
  }
}

}  // namespace windtunnel::aggregation
