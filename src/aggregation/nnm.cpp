#include "aggregation/nnm.h"

#include <fmt/format.h>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"

namespace windtunnel::aggregation {

void Nnm::describe_step(Fields& fields) {
  fields("f", f, "rows left out of each neighbourhood: Byzantine updates to withstand; needs at least 2f + 1 updates",
         {.min = 0, .max = 1e6});
}

std::string Nnm::label_of_step() const { return fmt::format("nnm with f = {}", f); }

std::int64_t Nnm::least_for(std::int64_t rows, std::int64_t left_out) const {
  return std::max(rows, 2 * std::max<std::int64_t>(f - left_out, 0) + 1);
}

PreAggregation::Step Nnm::step(double n) const {
  return {.rows_made = n, .work = distances_work(n), .terms = std::max(n - static_cast<double>(f), 1.0)};
}

std::vector<Combination> Nnm::mix(const Updates& updates) const {
  const std::size_t n = updates.rows.size(), near = n - static_cast<std::size_t>(updates.remaining(f));
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<Combination> made(n);
  std::vector<double> from(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) from[j] = distances(i, j);
    for (const std::size_t j : smallest(from, near)) made[i].terms.push_back({j, 1.0});
    made[i].divisor = static_cast<double>(near);
  }
  return made;
}

}  // namespace windtunnel::aggregation
