#include "aggregation/arc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "aggregation/clip.h"
#include "aggregation/distances.h"
#include "aggregation/nearest.h"

namespace windtunnel::aggregation {

void Arc::describe_step(Fields& fields) {
  fields("f", f, "Byzantine updates to withstand, from which follows how many are clipped; needs at least 2f + 1 updates",
         {.min = 0, .max = 1e6});
}

std::string Arc::label_of_step() const { return fmt::format("arc with f = {}", f); }

std::int64_t Arc::least_for(std::int64_t rows, std::int64_t left_out) const {
  return std::max(rows, 2 * std::max<std::int64_t>(f - left_out, 0) + 1);
}

PreAggregation::Step Arc::step(double n) const { return {.rows_made = n, .work = norms_work(n), .terms = 1}; }

PreAggregation::Mixture Arc::mix(const Updates& updates) const {
  const std::size_t n = updates.rows.size(), byzantine = static_cast<std::size_t>(updates.remaining(f));
  const std::vector<double> norms = squared_distances_to({}, updates.rows, updates.context.parallel);
  std::vector<double> sorted = norms;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t clipped = 2 * byzantine * (n - byzantine) / n;  // at most n/2, so one is left
  const double longest = std::sqrt(sorted[n - clipped - 1]);
  Mixture mixture;
  for (std::size_t i = 0; i < n; ++i) mixture.made.push_back({{.terms = {{i, clipping_factor(norms[i], longest)}}}});
  return mixture;
}

}  // namespace windtunnel::aggregation
