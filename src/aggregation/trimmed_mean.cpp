#include "aggregation/trimmed_mean.h"

#include <fmt/format.h>

#include <algorithm>

#include "aggregation/sorted_columns.h"

namespace windtunnel::aggregation {

void TrimmedMean::describe(Fields& fields) {
  fields("f", f, "values of each coordinate to drop at either end; needs at least 2f + 1 updates",
         {.min = 0, .max = 1e6});
}

std::string TrimmedMean::label() const { return fmt::format("trimmed_mean with f = {}", f); }

// bench/rules_bench.cpp: the sort, and the sum of what is kept.
Work TrimmedMean::work_per_value(double n) const {
  const double kept = std::max(n - 2 * static_cast<double>(f), 1.0);
  return {.flops = 3.8 * SortedColumns::steps(n) + 5.6 * kept};
}

void TrimmedMean::combine(Rows rows, std::span<float> out) const {
  const auto trim = static_cast<std::size_t>(f);
  const Ranks kept{.first = trim, .last = rows.size() - trim};
  const auto count = static_cast<double>(kept.last - kept.first);
  SortedColumns columns(rows, kept);
  std::vector<double> sum;
  while (columns.next()) {
    sum.assign(columns.width(), 0.0);
    for (std::size_t k = kept.first; k < kept.last; ++k) {
      const std::span<const float> values = columns.rank(k);
      for (std::size_t j = 0; j < values.size(); ++j) sum[j] += double{values[j]};
    }
    float* result = out.data() + columns.column();
    for (std::size_t j = 0; j < sum.size(); ++j) result[j] = static_cast<float>(sum[j] / count);
  }
}

}  // namespace windtunnel::aggregation
