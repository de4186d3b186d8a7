// Smallest maximum eigenvalue averaging: the mean of the rows that agree best in every direction.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = mean of the n − f rows whose covariance has the smallest largest eigenvalue; of several such sets the one that comes
/// first when their indices are compared in order. Every set is looked at: InputError when there are more than 200,000 of them
/// (n = 20 with f = 4 has 4845). Withstands f Byzantine rows. n ≥ 2f + 1.
/// Reference: Allouah, Guerraoui, Gupta, Pinot, Stephan: On the privacy-robustness-utility trilemma in distributed learning,
/// ICML 2023.
class Smea final : public RobustRule {
 public:
  Smea()
      : RobustRule({.name = "smea",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Work work_per_call(double n) const override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
