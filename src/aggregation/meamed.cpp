#include "aggregation/meamed.h"

#include <fmt/format.h>

#include <cmath>

#include "aggregation/sorted_columns.h"

namespace windtunnel::aggregation {

void Meamed::describe(Fields& fields) {
  fields("f", f, "values of each coordinate farthest from the median to drop; needs at least 2f + 1 updates",
         {.min = 0, .max = 1e6});
}

std::string Meamed::label() const { return fmt::format("meamed with f = {}", f); }

// bench/rules_bench.cpp: the sort, a column gathered, and for each value dropped a branch that no processor foresees.
Work Meamed::work_per_value(double n) const {
  return {.flops = 4.5 * SortedColumns::steps(n) + 3.3 * n + 74 * static_cast<double>(f) + 128};
}

void Meamed::combine(Rows rows, std::span<float> out) const {
  const std::size_t n = rows.size(), drop = static_cast<std::size_t>(f);
  const auto count = static_cast<double>(n - drop);
  SortedColumns columns(rows, {.first = 0, .last = n});
  std::vector<double> sorted(n);
  while (columns.next()) {
    float* result = out.data() + columns.column();
    for (std::size_t j = 0; j < columns.width(); ++j) {
      for (std::size_t k = 0; k < n; ++k) sorted[k] = columns.rank(k)[j];
      const double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
      // In sorted order the nearest values are neighbours: drop the farther end, f times.
      std::size_t first = 0, last = n - 1;
      for (std::size_t k = 0; k < drop; ++k) {
        if (median - sorted[first] > sorted[last] - median) {
          ++first;
        } else {
          --last;
        }
      }
      double sum = 0;
      for (std::size_t k = first; k <= last; ++k) sum += sorted[k];
      result[j] = static_cast<float>(sum / count);
    }
  }
}

}  // namespace windtunnel::aggregation
