// Divide and conquer: outliers along the direction in which the rows differ most.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// `iterations` times: of `coordinates` random ones, the rows' deviations from their mean are projected on their largest
/// principal direction, and the ⌊filter · f⌋ rows farthest out are marked (of equal ones the higher index). out = mean of the
/// rows that were never marked. Coordinates are drawn from `seed`; all are taken when there are no more. Withstands f Byzantine
/// rows. n ≥ 2f + 1, and more than iterations · ⌊filter · f⌋.
/// Reference: Shejwalkar, Houmansadr: Manipulating the Byzantine: optimizing model poisoning attacks and defenses for
/// federated learning, NDSS 2021.
class Dnc final : public RobustRule {
 public:
  Dnc()
      : RobustRule({.name = "dnc",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  double filter = 1;  ///< rows marked for each Byzantine one, > 0
  std::int64_t iterations = 1;
  std::int64_t coordinates = 10'000;
  std::int64_t seed = 0;

  void describe(Fields& fields) override;
  std::int64_t least_rows(std::int64_t left_out) const override;
  Work work_per_call(double n) const override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
