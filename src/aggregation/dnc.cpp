#include "aggregation/dnc.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "aggregation/nearest.h"
#include "aggregation/random_words.h"
#include "aggregation/spectral.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x646e63ULL;  // "dnc"

/// `count` different numbers below n, ascending (Floyd's algorithm).
std::vector<std::size_t> sample(std::size_t n, std::size_t count, RandomWords words) {
  std::set<std::size_t> chosen;
  for (std::size_t j = n - count; j < n; ++j) {
    const std::size_t t = words.below(j + 1);
    chosen.insert(chosen.contains(t) ? j : t);
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace

void Dnc::describe(Fields& fields) {
  RobustRule::describe(fields);
  fields("filter", filter, "updates marked for each Byzantine one", {.min = 0, .max = 100, .above_min = true});
  fields("iterations", iterations, "times that updates are marked, at other coordinates each time", {.min = 1, .max = 1000});
  fields("coordinates", coordinates, "drawn each time; all when there are no more", {.min = 1, .max = 1e9});
  fields("seed", seed, "of the draw", {.min = 0, .max = 1e15});
}

std::int64_t Dnc::least_rows(std::int64_t left_out) const {
  const double marked = std::floor(filter * static_cast<double>(std::max<std::int64_t>(f - left_out, 0)));
  return std::max(RobustRule::least_rows(left_out), iterations * static_cast<std::int64_t>(marked) + 1);
}

Work Dnc::work_per_value(double n) const {
  return Work{.flops = 5 * n} + chosen_work(n - static_cast<double>(f));
}
// Distances at the coordinates drawn, which lie anywhere, and an eigenvector.
Work Dnc::work_per_call(double n) const {
  const double each = static_cast<double>(coordinates) * (distances_work(n).flops + 60 * n + 800) + 30 * n * n * n;
  return {.flops = static_cast<double>(iterations) * each};
}

void Dnc::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size(), d = out.size();
  const auto marked = static_cast<std::size_t>(std::floor(filter * static_cast<double>(updates.remaining(f))));
  const std::vector<double> ones(n, 1.0);
  std::vector<char> good(n, 1);
  for (std::int64_t iteration = 0; iteration < iterations && marked > 0; ++iteration) {
    std::vector<std::vector<float>> values;
    std::vector<Row> rows(updates.rows.begin(), updates.rows.end());
    if (const auto count = static_cast<std::size_t>(coordinates); count < d) {
      const std::vector<std::size_t> drawn =
          sample(d, count, RandomWords({static_cast<std::uint64_t>(seed), purpose, static_cast<std::uint64_t>(iteration)}));
      for (Row& row : rows) {
        std::vector<float>& at = values.emplace_back(count);
        for (std::size_t j = 0; j < count; ++j) at[j] = row[drawn[j]];
        row = at;
      }
    }
    const TopDirection top = top_direction(squared_distances(rows, updates.context.parallel), ones);
    const std::vector<std::size_t> near = smallest(top.projections, n - marked);
    std::vector<char> chosen(n, 0);
    for (const std::size_t i : near) chosen[i] = 1;
    for (std::size_t i = 0; i < n; ++i) good[i] = good[i] && chosen[i];
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < n; ++i) {
    if (good[i]) kept.push_back(i);
  }
  mean_of(updates.rows, kept, out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
