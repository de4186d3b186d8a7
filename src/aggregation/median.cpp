#include "aggregation/median.h"

#include "aggregation/sorted_columns.h"

namespace windtunnel::aggregation {

// bench/rules_bench.cpp. The steps are those of a whole sort, a fifth of which the median does not need.
Work Median::work_per_value(double n) const { return {.flops = 0.56 * SortedColumns::steps(n) + 8.4 * n}; }

void Median::combine(const Updates& updates, std::span<float> out) const {
  const Rows rows = updates.rows;
  const std::size_t upper = rows.size() / 2, lower = (rows.size() - 1) / 2;
  SortedColumns columns(rows, {.first = lower, .last = upper + 1});
  while (columns.next()) {
    const std::span<const float> a = columns.rank(lower), b = columns.rank(upper);
    float* result = out.data() + columns.column();
    for (std::size_t j = 0; j < columns.width(); ++j) {
      result[j] = static_cast<float>((double{a[j]} + double{b[j]}) / 2);
    }
  }
}

}  // namespace windtunnel::aggregation
