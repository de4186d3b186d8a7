// The mean around the median of each coordinate.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out[j] = mean of the n−f values of coordinate j nearest to their median (for even n the mean of the two middle
/// values). Of two values at the same distance on either side the smaller is kept. Distances and the sum, in ascending
/// order, are taken in double, so the result does not depend on the order of the rows. Withstands f Byzantine rows: a Byzantine
/// value is kept only where it is as near to the median as an honest one. n ≥ 2f + 1.
/// Reference: Xie, Koyejo, Gupta: Generalized Byzantine-tolerant SGD, 2018 (arXiv 1802.10116), "mean around median";
/// one of the rules of SPIRT (facts 1).
class Meamed final : public RobustRule {
 public:
  Meamed()
      : RobustRule({.name = "meamed",
                    .f = "values of each coordinate farthest from the median to drop; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Traits traits() const override { return {.reach = Reach::coordinate}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
