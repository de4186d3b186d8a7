// Krum again and again, then the middle of each coordinate.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// θ = n − 2f rows are chosen one by one: each time the row with the smallest Krum score among those left, of r rows by its
/// max(r − f − 2, 1) nearest ones (the lower index of equal scores). out[j] = mean of the θ − 2f chosen values of coordinate j
/// nearest to their median, as MeaMed takes it. Unlike Krum it leaves no coordinate to a row that is close in all others.
/// Withstands f Byzantine rows. n ≥ 4f + 3.
/// Reference: El Mhamdi, Guerraoui, Rouault: The hidden vulnerability of distributed learning in Byzantium, ICML 2018.
class Bulyan final : public RobustRule {
 public:
  Bulyan()
      : RobustRule({.name = "bulyan",
                    .f = "Byzantine updates to withstand; needs at least 4f + 3 updates",
                    .per_f = 4,
                    .fixed = 3}) {}
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
