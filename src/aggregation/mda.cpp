#include "aggregation/mda.h"

#include <algorithm>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"
#include "base/interruption.h"

namespace windtunnel::aggregation {
namespace {

/// Whether few rows can be taken away so that no two of the others are farther apart than a limit: a vertex cover, by
/// branching on the row with the most rows too far from it.
class Cover {
 public:
  Cover(const Square& distances, double limit) : distances_(distances), limit_(limit) {}

  bool too_far(std::size_t i, std::size_t j) const { return distances_(i, j) > limit_; }

  bool exists(std::vector<char> alive, std::size_t budget) const {
    interruption_point();
    const std::size_t n = alive.size();
    std::size_t worst = 0, most = 0, edges = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!alive[i]) continue;
      std::size_t degree = 0;
      for (std::size_t j = 0; j < n; ++j) degree += alive[j] && j != i && too_far(i, j);
      edges += degree;
      if (degree > most) most = degree, worst = i;
    }
    if (most == 0) return true;
    if (edges / 2 > budget * most) return false;  // a row taken away takes `most` of them at best
    std::vector<char> without = alive;
    without[worst] = 0;
    if (exists(std::move(without), budget - 1)) return true;
    if (most > budget) return false;
    for (std::size_t j = 0; j < n; ++j) {
      if (j != worst && too_far(worst, j)) alive[j] = 0;
    }
    return exists(std::move(alive), budget - most);
  }

 private:
  const Square& distances_;
  double limit_;
};

/// The smallest diameter of n − f rows.
double smallest_diameter(const Square& distances, std::size_t f) {
  const std::size_t n = distances.size();
  std::vector<double> limits{0.0};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) limits.push_back(distances(i, j));
  }
  std::sort(limits.begin(), limits.end());
  const auto found = std::partition_point(limits.begin(), limits.end(), [&](double limit) {
    return !Cover(distances, limit).exists(std::vector<char>(n, 1), f);
  });
  return *found;
}

}  // namespace

// The search is over distances alone; how long it takes depends on their values.
Work Mda::work_per_value(double n) const { return distances_work(n) + chosen_work(n - static_cast<double>(f)); }

void Mda::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size(), byzantine = static_cast<std::size_t>(updates.remaining(f));
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  const Cover cover(distances, smallest_diameter(distances, byzantine));
  // Each row is kept if the rest can still be completed then: the set that comes first.
  std::vector<char> open(n, 1), gone(n, 0);
  std::vector<std::size_t> kept;
  std::size_t budget = byzantine;
  for (std::size_t i = 0; i < n && kept.size() < n - byzantine; ++i) {
    open[i] = 0;
    if (gone[i]) continue;
    std::vector<std::size_t> conflicts;
    std::vector<char> rest = open;
    for (std::size_t j = i + 1; j < n; ++j) {
      if (!gone[j] && cover.too_far(i, j)) conflicts.push_back(j), rest[j] = 0;
    }
    if (conflicts.size() <= budget && cover.exists(rest, budget - conflicts.size())) {
      kept.push_back(i);
      budget -= conflicts.size();
      for (const std::size_t j : conflicts) gone[j] = 1;
      open = rest;
    } else {
      --budget;
    }
  }
  mean_of(updates.rows, kept, out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
