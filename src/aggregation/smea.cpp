#include "aggregation/smea.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "aggregation/nearest.h"
#include "aggregation/spectral.h"
#include "aggregation/weighted_sum.h"
#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

constexpr double most_sets = 200'000;

double sets(double n, double dropped) {
  double count = 1;
  for (double k = 1; k <= dropped; ++k) count = count * (n - dropped + k) / k;
  return count;
}

/// The next set of as many indices below n, in order; false after the last.
bool next(std::vector<std::size_t>& set, std::size_t n) {
  const std::size_t k = set.size();
  for (std::size_t i = k; i-- > 0;) {
    if (set[i] + k - i >= n) continue;
    ++set[i];
    for (std::size_t j = i + 1; j < k; ++j) set[j] = set[j - 1] + 1;
    return true;
  }
  return false;
}

}  // namespace

Work Smea::work_per_value(double n) const { return distances_work(n) + chosen_work(n - static_cast<double>(f)); }
Work Smea::work_per_call(double n) const {
  const double dropped = std::min(static_cast<double>(f), std::floor((n - 1) / 2)), kept = n - dropped;
  return {.flops = std::min(sets(n, dropped), most_sets) * (25 * kept * kept * kept + 20'000)};
}

void Smea::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size(), byzantine = static_cast<std::size_t>(updates.remaining(f));
  if (const double count = sets(static_cast<double>(n), static_cast<double>(byzantine)); count > most_sets) {
    throw InputError(fmt::format("{} looks at every set of {} of {} updates, and there are {:.3g}; at most {:.0f}", label(),
                                 n - byzantine, n, count, most_sets));
  }
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<std::size_t> set(n - byzantine), best;
  std::iota(set.begin(), set.end(), std::size_t{0});
  double smallest = std::numeric_limits<double>::infinity();
  do {
    interruption_point();
    const double eigenvalue = top_eigenvalue(distances, set);
    if (best.empty() || eigenvalue < smallest) {
      smallest = eigenvalue;
      best = set;
    }
  } while (next(set, n));
  mean_of(updates.rows, best, out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
