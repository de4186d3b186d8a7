// The mean of each coordinate without its f smallest and f largest values.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out[j] = (1/(n−2f)) Σ of the values of coordinate j whose rank is in [f, n−f). The sum is taken in double in
/// ascending order, so the result does not depend on the order of the rows. Withstands f Byzantine rows: the result then
/// lies within the range of the honest values of each coordinate. n ≥ 2f + 1.
/// Reference: Yin, Chen, Ramchandran, Bartlett: Byzantine-robust distributed learning: towards optimal statistical
/// rates, ICML 2018, definition 2 (β = f/n).
class TrimmedMean final : public RobustRule {
 public:
  TrimmedMean()
      : RobustRule({.name = "trimmed_mean",
                    .f = "values of each coordinate to drop at either end; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Traits traits() const override { return {.reach = Reach::coordinate}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
