// Comparative gradient elimination: the mean without the longest rows.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = mean of the n − f rows of the smallest norms (the lower index of equal ones); the paper's sum, divided. Withstands f
/// Byzantine rows where honest ones are alike enough. n ≥ 2f + 1.
/// Reference: Gupta, Liu, Vaidya: Byzantine fault-tolerance in decentralized optimization under 2f-redundancy, ACC 2021.
class Cge final : public RobustRule {
 public:
  Cge()
      : RobustRule({.name = "cge",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
