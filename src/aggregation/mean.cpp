#include "aggregation/mean.h"

#include <algorithm>
#include <array>

namespace windtunnel::aggregation {
namespace {

// Columns summed at a time: the double sums of a block stay in the first-level cache while the rows stream by.
constexpr std::size_t block = 1024;

}  // namespace

void Mean::combine(Rows rows, std::span<float> out) const {
  const auto n = static_cast<double>(rows.size());
  std::array<double, block> sum;
  for (std::size_t column = 0; column < out.size(); column += block) {
    const std::size_t width = std::min(block, out.size() - column);
    std::fill_n(sum.begin(), width, 0.0);
    std::size_t i = 0;
    // Four rows at once load and store each sum once instead of four times; the order of additions is the same.
    for (; i + 4 <= rows.size(); i += 4) {
      const float* a = rows[i].data() + column;
      const float* b = rows[i + 1].data() + column;
      const float* c = rows[i + 2].data() + column;
      const float* d = rows[i + 3].data() + column;
      for (std::size_t j = 0; j < width; ++j) {
        sum[j] = (((sum[j] + double{a[j]}) + double{b[j]}) + double{c[j]}) + double{d[j]};
      }
    }
    for (; i < rows.size(); ++i) {
      const float* a = rows[i].data() + column;
      for (std::size_t j = 0; j < width; ++j) sum[j] += double{a[j]};
    }
    float* result = out.data() + column;
    for (std::size_t j = 0; j < width; ++j) result[j] = static_cast<float>(sum[j] / n);
  }
}

}  // namespace windtunnel::aggregation
