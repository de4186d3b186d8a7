#include "aggregation/distances.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/interruption.h"

namespace windtunnel::aggregation {
namespace {

// Columns are taken in blocks, copied to double once per block and used by all pairs of rows. Within a block the sum
// runs in `lanes` interleaved parts, whose number is part of the result's definition and not left to the compiler.
constexpr std::size_t block = 64;
constexpr std::size_t lanes = 4;

using Block = std::array<double, block>;

double block_distance(const Block& a, const Block& b) {
  std::array<double, lanes> sum{};
  for (std::size_t j = 0; j < block; j += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double difference = a[j + lane] - b[j + lane];
      sum[lane] += difference * difference;
    }
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace

std::vector<double> squared_distances(Rows rows) {
  const std::size_t n = rows.size(), d = n == 0 ? 0 : rows[0].size();
  std::vector<double> distances(n * n, 0.0);
  std::vector<Block> values(n);
  for (std::size_t column = 0; column < d; column += block) {
    interruption_point();
    const std::size_t width = std::min(block, d - column);
    for (std::size_t i = 0; i < n; ++i) {
      const float* from = rows[i].data() + column;
      for (std::size_t j = 0; j < width; ++j) values[i][j] = double{from[j]};
      std::fill(values[i].begin() + static_cast<std::ptrdiff_t>(width), values[i].end(), 0.0);
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) distances[i * n + j] += block_distance(values[i], values[j]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      double& distance = distances[i * n + j];
      if (!std::isfinite(distance)) distance = std::numeric_limits<double>::infinity();
      distances[j * n + i] = distance;
    }
  }
  return distances;
}

}  // namespace windtunnel::aggregation
