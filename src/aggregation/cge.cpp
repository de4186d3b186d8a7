#include "aggregation/cge.h"

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

Work Cge::work_per_value(double n) const { return norms_work(n) + chosen_work(n - static_cast<double>(f)); }

void Cge::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t kept = updates.rows.size() - static_cast<std::size_t>(updates.remaining(f));
  const std::vector<double> norms = squared_distances_to({}, updates.rows, updates.context.parallel);
  mean_of(updates.rows, smallest(norms, kept), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
