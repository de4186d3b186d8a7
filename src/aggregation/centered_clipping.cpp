#include "aggregation/centered_clipping.h"

#include <fmt/format.h>

#include <algorithm>

#include "aggregation/clip.h"
#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

void CenteredClipping::describe(Fields& fields) {
  fields("radius", radius, "longest step towards an update", {.min = 0, .max = 1e30, .above_min = true});
  fields("iterations", iterations, "steps towards all updates", {.min = 1, .max = 1000});
}

std::string CenteredClipping::label() const { return fmt::format("centered_clipping with radius {}", radius); }

Work CenteredClipping::work_per_value(double n) const {
  const auto steps = static_cast<double>(iterations);
  const Work each = distances_to_work(n) + chosen_work(n + 1);
  return {steps * each.flops, steps * each.bytes - sizeof(float) * n};
}

void CenteredClipping::combine(const Updates& updates, std::span<float> out) const {
  const Parallel& parallel = updates.context.parallel;
  const auto n = static_cast<double>(updates.rows.size());
  std::vector<float> center(updates.context.previous.begin(), updates.context.previous.end());
  std::vector<Row> rows(updates.rows.begin(), updates.rows.end());
  for (std::int64_t step = 0; step < iterations; ++step) {
    std::vector<double> factors = squared_distances_to(center, updates.rows, parallel);
    double kept = n;  // of the center, n times
    for (double& factor : factors) {
      factor = clipping_factor(factor, radius);
      kept -= factor;
    }
    if (center.empty()) {
      weighted_sum(updates.rows, factors, n, out, parallel);
    } else {
      rows.resize(updates.rows.size());
      rows.emplace_back(center);
      factors.push_back(kept);
      weighted_sum(rows, factors, n, out, parallel);
    }
    if (step + 1 < iterations) center.assign(out.begin(), out.end());
  }
}

}  // namespace windtunnel::aggregation
