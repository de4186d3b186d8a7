#include "aggregation/krum.h"

#include <fmt/format.h>

#include <algorithm>

#include "aggregation/distances.h"

namespace windtunnel::aggregation {

void Krum::describe(Fields& fields) {
  fields("f", f, "Byzantine updates to withstand; needs at least 2f + 3 updates", {.min = 0, .max = 1e6});
}

std::string Krum::label() const { return fmt::format("krum with f = {}", f); }

std::size_t Krum::choose(Rows rows) const {
  const std::size_t n = rows.size(), neighbours = n - static_cast<std::size_t>(f) - 2;
  const std::vector<double> distances = squared_distances(rows);
  std::size_t best = 0;
  double best_score = 0;
  std::vector<double> others;
  for (std::size_t i = 0; i < n; ++i) {
    others.clear();
    for (std::size_t j = 0; j < n; ++j) {
      if (j != i) others.push_back(distances[i * n + j]);
    }
    const auto end = others.begin() + static_cast<std::ptrdiff_t>(neighbours);
    std::partial_sort(others.begin(), end, others.end());
    double score = 0;
    for (auto distance = others.begin(); distance != end; ++distance) score += *distance;
    if (i == 0 || score < best_score) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

// bench/rules_bench.cpp: a difference, a square and a sum for each pair of rows, and each row brought to double.
Work Krum::work_per_value(double n) const { return {.flops = 3 * n * (n - 1) / 2 + 2.7 * n}; }

void Krum::combine(Rows rows, std::span<float> out) const {
  const Row chosen = rows[choose(rows)];
  std::copy(chosen.begin(), chosen.end(), out.begin());
}

}  // namespace windtunnel::aggregation
