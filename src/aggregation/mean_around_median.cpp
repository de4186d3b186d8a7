#include "aggregation/mean_around_median.h"

#include <array>
#include <cstring>
#include <vector>

#include "aggregation/sorted_columns.h"
#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t widest = 256;  // columns of a block
constexpr std::size_t lanes = 4;
using Floats [[gnu::vector_size(lanes * sizeof(float))]] = float;
using Doubles [[gnu::vector_size(lanes * sizeof(double))]] = double;

[[gnu::always_inline]] inline void load(Doubles& to, const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  to = __builtin_convertvector(values, Doubles);
}

// In sorted order the values kept are neighbours: those from rank s on, where s counts the ranks r < drop whose value is
// farther from the median than the one `kept` places above. Some columns at a time and without a branch, which no processor
// would foresee: a value outside of the window adds zero. `width` is a multiple of `lanes`.
WINDTUNNEL_VECTOR_CLONES void add_window(const float* const* ranks, std::size_t n, std::size_t drop, std::size_t width,
                                         double* sums) {
  const std::size_t kept = n - drop;
  const Doubles one = {1, 1, 1, 1}, none = {};
  for (std::size_t j = 0; j < width; j += lanes) {
    Doubles lower, upper, low, high, value, start = {}, sum = {}, at = {};
    load(lower, ranks[(n - 1) / 2] + j);
    load(upper, ranks[n / 2] + j);
    const Doubles median = (lower + upper) / 2;
    for (std::size_t r = 0; r < drop; ++r) {
      load(low, ranks[r] + j);
      load(high, ranks[r + kept] + j);
      start += median - low > high - median ? one : none;
    }
    const Doubles last = start + static_cast<double>(kept);
    for (std::size_t r = 0; r < n; ++r) {
      load(value, ranks[r] + j);
      sum += start <= at ? (at < last ? value : none) : none;
      at += one;
    }
    std::memcpy(sums + j, &sum, sizeof sum);
  }
}

}  // namespace

// bench/rules_bench.cpp: the sort, the windows counted, the sum.
Work mean_around_median_work(double n, double drop) {
  return {.flops = 0.57 * SortedColumns::steps(n) + 14 * n + 3.7 * drop};
}

void mean_around_median(Rows rows, std::size_t drop, std::span<float> out) {
  const std::size_t n = rows.size();
  check(drop < n, "mean around median: something is kept");
  const auto kept = static_cast<double>(n - drop);
  SortedColumns columns(rows, {.first = 0, .last = n});
  std::vector<const float*> ranks(n);
  std::array<double, widest> sums;
  while (columns.next()) {
    check(columns.width() <= widest, "sorted columns come in blocks of at most 256");
    for (std::size_t k = 0; k < n; ++k) ranks[k] = columns.rank(k).data();
    // Blocks have room for whole vectors.
    add_window(ranks.data(), n, drop, (columns.width() + lanes - 1) / lanes * lanes, sums.data());
    float* result = out.data() + columns.column();
    for (std::size_t j = 0; j < columns.width(); ++j) result[j] = static_cast<float>(sums[j] / kept);
  }
}

}  // namespace windtunnel::aggregation
