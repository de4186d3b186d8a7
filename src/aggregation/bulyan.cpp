#include "aggregation/bulyan.h"

#include <numeric>

#include "aggregation/krum_scores.h"
#include "aggregation/mean_around_median.h"
#include "aggregation/nearest.h"
#include "aggregation/sorted_columns.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t block = 4096, blocks_per_part = 8;

}  // namespace

Work Bulyan::work_per_value(double n) const {
  const double chosen = std::max(n - 2 * static_cast<double>(f), 1.0);
  return distances_work(n) + mean_around_median_work(chosen, 2 * static_cast<double>(f));
}

void Bulyan::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t byzantine = static_cast<std::size_t>(updates.remaining(f));
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<std::size_t> left(updates.rows.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  std::vector<Row> chosen;
  for (std::size_t count = left.size() - 2 * byzantine; count > 0; --count) {
    const std::size_t r = left.size(), near = r > byzantine + 3 ? r - byzantine - 2 : 1;
    const std::size_t best = r == 1 ? 0 : smallest(krum_scores(distances, left, near), 1)[0];
    chosen.push_back(updates.rows[left[best]]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  constexpr std::size_t part_width = block * blocks_per_part;
  in_parts(updates.context.parallel, (out.size() + part_width - 1) / part_width, [&](std::size_t part) {
    std::vector<Row> rows(chosen.size());
    const std::size_t end = std::min(out.size(), (part + 1) * part_width);
    for (std::size_t at = part * part_width; at < end; at += block) {
      const std::size_t width = std::min(block, end - at);
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = chosen[i].subspan(at, width);
      mean_around_median(rows, 2 * byzantine, out.subspan(at, width));
    }
  });
}

}  // namespace windtunnel::aggregation
