#include "aggregation/krum.h"

#include <algorithm>

#include "aggregation/krum_scores.h"
#include "aggregation/nearest.h"

namespace windtunnel::aggregation {

std::size_t Krum::choose(Rows rows, std::int64_t byzantine, const Parallel& parallel) {
  const std::size_t neighbours = rows.size() - static_cast<std::size_t>(byzantine) - 2;
  return smallest(krum_scores(squared_distances(rows, parallel), neighbours), 1)[0];
}

Work Krum::work_per_value(double n) const { return distances_work(n); }

void Krum::combine(const Updates& updates, std::span<float> out) const {
  const Row chosen = updates.rows[choose(updates.rows, updates.remaining(f), updates.context.parallel)];
  std::copy(chosen.begin(), chosen.end(), out.begin());
}

}  // namespace windtunnel::aggregation
