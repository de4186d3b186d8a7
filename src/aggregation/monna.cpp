#include "aggregation/monna.h"

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

Work Monna::work_per_value(double n) const { return distances_to_work(n) + chosen_work(n - static_cast<double>(f)); }

void Monna::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t near = updates.rows.size() - static_cast<std::size_t>(updates.remaining(f));
  const std::vector<double> distances = squared_distances_to(updates.context.own, updates.rows, updates.context.parallel);
  mean_of(updates.rows, smallest(distances, near), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
