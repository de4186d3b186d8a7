#include "aggregation/mean.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

// Columns summed at a time: the double sums of a block (128 KiB) stay in the second-level cache while the rows stream
// by, and each row is read in pieces long enough for the hardware to fetch ahead.
constexpr std::size_t block = 16 * 1024;
// Rows summed at a time: a sum is loaded and stored once for all of them, and their streams are few enough to follow.
constexpr std::size_t together = 4;

/// A block on its way: the sums so far, then the result.
struct Block {
  std::size_t column, width;
  double* sum;
  float* result;
  double rows;
};

/// Adds `n` rows to the sums in order; the first rows find no sum, the last ones leave the mean.
template <std::size_t n, bool first, bool last>
[[gnu::always_inline]] inline void add(const Row* rows, const Block& b) {
  std::array<const float*, n> from;
  for (std::size_t i = 0; i < n; ++i) from[i] = rows[i].data() + b.column;
  double* __restrict const sums = b.sum;
  float* __restrict const result = b.result;
  for (std::size_t j = 0; j < b.width; ++j) {
    double sum = first ? 0.0 : sums[j];
    for (std::size_t i = 0; i < n; ++i) sum += double{from[i][j]};
    if (last) {
      result[j] = static_cast<float>(sum / b.rows);
    } else {
      sums[j] = sum;
    }
  }
}

/// The last rows, 1 to `together` of them.
template <bool first, std::size_t n = together>
[[gnu::always_inline]] inline void add_last(const Row* rows, std::size_t count, const Block& b) {
  if constexpr (n > 0) {
    if (count == n) return add<n, first, true>(rows, b);
    add_last<first, n - 1>(rows, count, b);
  }
}

WINDTUNNEL_VECTOR_CLONES void mean_of_columns(Rows rows, std::span<float> out) {
  std::array<double, block> sum;
  for (std::size_t column = 0; column < out.size(); column += block) {
    const Block b{.column = column,
                  .width = std::min(block, out.size() - column),
                  .sum = sum.data(),
                  .result = out.data() + column,
                  .rows = static_cast<double>(rows.size())};
    if (rows.size() <= together) {
      add_last<true>(rows.data(), rows.size(), b);
      continue;
    }
    add<together, true, false>(rows.data(), b);
    std::size_t i = together;
    for (; rows.size() - i > together; i += together) add<together, false, false>(rows.data() + i, b);
    add_last<false>(rows.data() + i, rows.size() - i, b);
  }
}

}  // namespace

// Each further group of rows reads and writes the sums so far. bench/rules_bench.cpp.
Work Mean::work_per_value(double n) const {
  const double groups = std::ceil(n / static_cast<double>(together));
  return {.flops = 1.25 * n, .bytes = (groups - 1) * 2 * sizeof(double)};
}

void Mean::combine(const Updates& updates, std::span<float> out) const {
  mean_of_columns(updates.rows, out);
}

}  // namespace windtunnel::aggregation
