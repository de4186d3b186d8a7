// Nearest-neighbour averaging: the rows nearest to the own one.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = mean of the n − f rows nearest to the own row of the one who combines; of equal distances the lower index is nearer.
/// For peers that need not agree on one model. Withstands f Byzantine rows. n ≥ 2f + 1; the own row must be at hand.
/// Reference: Farhadkhani, Guerraoui, Gupta, Hoang, Pinot, Stephan: Robust collaborative learning with linear gradient
/// overhead, ICML 2023 (nearest-neighbour averaging).
class Monna final : public RobustRule {
 public:
  Monna()
      : RobustRule({.name = "monna",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Traits traits() const override { return {.wants = {.own = true}}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
