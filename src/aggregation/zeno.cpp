#include "aggregation/zeno.h"

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

void Zeno::describe(Fields& fields) {
  RobustRule::describe(fields);
  fields("rate", rate, "length of the step that is judged", {.min = 0, .max = 1e9, .above_min = true});
  fields("rho", rho, "what an update's squared length costs it", {.min = 0, .max = 1e9});
}

Work Zeno::work_per_value(double n) const {
  return norms_work(n) + norms_work(n) + chosen_work(n - static_cast<double>(f));
}

void Zeno::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t kept = updates.rows.size() - static_cast<std::size_t>(updates.remaining(f));
  const std::vector<double> norms = squared_distances_to({}, updates.rows, updates.context.parallel);
  std::vector<double> costs = products(updates.rows, updates.context.reference, updates.context.parallel);
  for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = rho * norms[i] - rate * costs[i];
  mean_of(updates.rows, smallest(costs, kept), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
