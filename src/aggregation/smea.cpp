#include "aggregation/smea.h"

#include <fmt/format.h>

#include <algorithm>
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
constexpr std::size_t sets_per_part = 256;

struct Best {
  std::vector<std::size_t> set{};
  double eigenvalue = std::numeric_limits<double>::infinity();
};

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
  std::vector<std::size_t> set(n - byzantine);
  std::iota(set.begin(), set.end(), std::size_t{0});
  std::vector<std::vector<std::size_t>> firsts{set};  // of each part
  for (std::size_t count = 0; next(set, n);) {
    if (++count % sets_per_part == 0) firsts.push_back(set);
  }
  std::vector<Best> bests(firsts.size());
  in_parts(updates.context.parallel, firsts.size(), [&](std::size_t part) {
    std::vector<std::size_t> here = firsts[part];
    for (std::size_t count = 0; count < sets_per_part; ++count) {
      interruption_point();
      const double eigenvalue = top_eigenvalue(distances, here, bests[part].eigenvalue);
      if (bests[part].set.empty() || eigenvalue < bests[part].eigenvalue) bests[part] = {here, eigenvalue};
      if (!next(here, n)) break;
    }
  });
  const auto best = std::ranges::min_element(bests, {}, &Best::eigenvalue);  // the first of equal ones
  mean_of(updates.rows, best->set, out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
