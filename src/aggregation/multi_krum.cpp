#include "aggregation/multi_krum.h"

#include "aggregation/krum_scores.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

void MultiKrum::describe(Fields& fields) {
  RobustRule::describe(fields);
  fields("m", m, "updates in the mean; default: n - f", {.min = 1, .max = 1e6});
}

Work MultiKrum::work_per_value(double n) const { return distances_work(n) + chosen_work(n - static_cast<double>(f)); }

void MultiKrum::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size(), byzantine = static_cast<std::size_t>(updates.remaining(f));
  const std::size_t count = std::min(m ? static_cast<std::size_t>(*m) : n - byzantine, n);
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  mean_of(updates.rows, smallest(krum_scores(distances, n - byzantine - 2), count), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
