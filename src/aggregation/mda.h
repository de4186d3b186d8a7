// The mean of the rows that lie within the smallest diameter.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = mean of the n − f rows whose largest distance from each other is smallest; of several such sets the one that comes
/// first when their indices are compared in order. Exact: rows too far apart are edges of a graph, and f rows must cover them.
/// Withstands f Byzantine rows. n ≥ 2f + 1. The search may take exponential time in f on rows made for that.
/// Reference: El Mhamdi, Guerraoui, Guirguis, Hoang, Rouault: Genuinely distributed Byzantine machine learning, PODC 2020
/// (minimum-diameter averaging).
class Mda final : public RobustRule {
 public:
  Mda()
      : RobustRule({.name = "mda",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
