#include "aggregation/finite.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>

#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t columns_per_part = 64 * 1024;

// Without its sign, the pattern of a float grows with its size; infinity and NaN come last.
WINDTUNNEL_VECTOR_CLONES std::int32_t largest_pattern(const float* values, std::size_t n) {
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t pattern = std::bit_cast<std::int32_t>(values[i]) & 0x7fffffff;
    largest = largest > pattern ? largest : pattern;
  }
  return largest;
}

}  // namespace

bool finite(Row row) { return largest_pattern(row.data(), row.size()) < 0x7f800000; }

std::vector<bool> not_finite(Rows rows, const Parallel& parallel) {
  std::vector<std::atomic<bool>> bad(rows.size());
  const std::size_t d = rows.empty() ? 0 : rows[0].size();
  in_parts(parallel, (d + columns_per_part - 1) / columns_per_part, [&](std::size_t part) {
    const std::size_t at = part * columns_per_part, width = std::min(columns_per_part, d - at);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!finite(rows[i].subspan(at, width))) bad[i] = true;
    }
  });
  return {bad.begin(), bad.end()};
}

}  // namespace windtunnel::aggregation
