#include "aggregation/optimized.h"

#include <fmt/format.h>

#include "aggregation/distances.h"
#include "aggregation/rule.h"
#include "aggregation/weighted_sum.h"
#include "base/error.h"

namespace windtunnel::aggregation {

double worst_factor(const FactorSearch& search, Rows known, const AttackContext& context,
                    const std::function<void(double, std::span<float>)>& forge) {
  if (context.rule == nullptr) {
    throw InputError(fmt::format("{} needs to know the rule that combines the updates", search.attack));
  }
  const std::size_t d = context.own.size();
  std::vector<float> honest(d), forged(d), result(d);
  const std::vector<double> ones(known.size(), 1.0);
  weighted_sum(known, ones, static_cast<double>(known.size()), honest);
  std::vector<Row> rows(known.begin(), known.end());
  rows.resize(known.size() + static_cast<std::size_t>(context.byzantine), forged);
  // What the combiner has at hand the attacker can only guess: that it is like the others.
  const RuleContext at_hand{.own = known[0], .previous = context.previous, .reference = honest};
  double best = search.largest, farthest = -1;
  for (std::int64_t step = 1; step <= search.steps; ++step) {
    const double factor = search.largest * static_cast<double>(step) / static_cast<double>(search.steps);
    forge(factor, forged);
    try {
      context.rule->aggregate(rows, at_hand, result);
    } catch (const Error&) {
      continue;
    }
    const Row row = result;
    const double away = squared_distances_to(honest, std::span(&row, 1))[0];
    if (away > farthest) {
      farthest = away;
      best = factor;
    }
  }
  return best;
}

}  // namespace windtunnel::aggregation
