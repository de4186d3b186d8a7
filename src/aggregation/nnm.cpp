#include "aggregation/nnm.h"

#include <fmt/format.h>

#include <algorithm>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"

namespace windtunnel::aggregation {
namespace {

constexpr double far = 1e6;  // times the squared distance of the farthest neighbour

}  // namespace

void Nnm::describe_step(Fields& fields) {
  fields("f", f, "rows left out of each neighbourhood: Byzantine updates to withstand; needs at least 2f + 1 updates",
         {.min = 0, .max = 1e6});
}

std::string Nnm::label_of_step() const { return fmt::format("nnm with f = {}", f); }

std::int64_t Nnm::least_for(std::int64_t rows, std::int64_t left_out) const {
  return std::max(rows, 2 * std::max<std::int64_t>(f - left_out, 0) + 1);
}

PreAggregation::Step Nnm::step(double n) const {
  return {.rows_made = n, .work = distances_work(n), .terms = static_cast<double>(f) + 1};  // beyond the common sum
}

PreAggregation::Mixture Nnm::mix(const Updates& updates) const {
  const std::size_t n = updates.rows.size(), near = n - static_cast<std::size_t>(updates.remaining(f));
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<std::vector<char>> is_near(n, std::vector<char>(n, 0));
  std::vector<std::size_t> times(n, 0);
  std::vector<double> from(n), farthest(n, 0.0);  // squared; of a neighbour
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) from[j] = distances(i, j);
    for (const std::size_t j : smallest(from, near)) {
      is_near[i][j] = 1;
      farthest[i] = std::max(farthest[i], from[j]);
      ++times[j];
    }
  }
  // Neighbourhoods have most rows in common: the sum of those that are in at least half of them, less what is not a row's
  // neighbour. But a row far away from the neighbours must not come in, or digits would go when it is taken out.
  Mixture mixture;
  for (std::size_t j = 0; j < n; ++j) {
    if (2 * times[j] >= n) mixture.common.push_back({j, 1.0});
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto fits = [&](const Combination::Term& term) {
      return is_near[i][term.row] || distances(i, term.row) <= far * farthest[i];
    };
    Mixture::Made made{.combination = {.terms = {}, .divisor = static_cast<double>(near)},
                       .on_common = std::ranges::all_of(mixture.common, fits)};
    for (std::size_t j = 0; j < n; ++j) {
      const double wanted = is_near[i][j], there = made.on_common && 2 * times[j] >= n ? 1 : 0;
      if (wanted != there) made.combination.terms.push_back({j, wanted - there});
    }
    mixture.made.push_back(std::move(made));
  }
  return mixture;
}

}  // namespace windtunnel::aggregation
