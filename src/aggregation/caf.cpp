#include "aggregation/caf.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "aggregation/nearest.h"
#include "aggregation/spectral.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

Work Caf::work_per_value(double n) const { return distances_work(n) + chosen_work(n); }
// An eigenvector for each time that weights fall, which is seldom more often than there are Byzantine rows.
Work Caf::work_per_call(double n) const { return {.flops = 10 * n * n * n * static_cast<double>(f + 1)}; }

void Caf::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size();
  const auto byzantine = static_cast<double>(updates.remaining(f));
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<double> weights(n, 1.0), best = weights;
  const auto sum = [](const std::vector<double>& w) { return std::accumulate(w.begin(), w.end(), 0.0); };
  double smallest = std::numeric_limits<double>::infinity();
  while (sum(weights) > static_cast<double>(n) - 2 * byzantine) {
    interruption_point();
    const TopDirection top = top_direction(distances, weights);
    if (top.eigenvalue < smallest) {
      smallest = top.eigenvalue;
      best = weights;
    }
    const double farthest = *std::max_element(top.projections.begin(), top.projections.end());
    if (farthest == 0) break;  // the rows are equal
    for (std::size_t i = 0; i < n; ++i) weights[i] *= 1 - top.projections[i] / farthest;
  }
  weighted_sum(updates.rows, best, sum(best), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
