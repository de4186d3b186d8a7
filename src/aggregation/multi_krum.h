// The mean of the rows that lie closest to their neighbours.
#pragma once

#include <optional>

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = mean of the m rows with the smallest Krum scores (krum.h); of equal scores the lower index is first. m = n − f by
/// default, and counts the rows without NaN and infinity; m = 1 is Krum. Withstands f Byzantine rows. n ≥ 2f + 3.
/// Reference: Blanchard, El Mhamdi, Guerraoui, Stainer: Machine learning with adversaries: Byzantine tolerant gradient
/// descent, NIPS 2017, section 5 (m-Krum).
class MultiKrum final : public RobustRule {
 public:
  MultiKrum()
      : RobustRule({.name = "multi_krum",
                    .f = "Byzantine updates to withstand; needs at least 2f + 3 updates",
                    .per_f = 2,
                    .fixed = 3}) {}
  std::optional<std::int64_t> m;  ///< rows in the mean; none: n − f

  void describe(Fields& fields) override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
