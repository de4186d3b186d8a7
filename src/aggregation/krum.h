// The one row that lies closest to its neighbours.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// out = rows[i*], i* = argmin_i Σ of the n−f−2 smallest ‖rows[i] − rows[j]‖², j ≠ i; of equal scores the lowest index
/// wins. Differences, squares and sums are taken in double in a fixed order: no float is large or small enough to
/// overflow or vanish. Withstands f Byzantine rows. n ≥ 2f + 3.
/// Reference: Blanchard, El Mhamdi, Guerraoui, Stainer: Machine learning with adversaries: Byzantine tolerant gradient
/// descent, NIPS 2017, section 4.
class Krum final : public RobustRule {
 public:
  Krum()
      : RobustRule({.name = "krum",
                    .f = "Byzantine updates to withstand; needs at least 2f + 3 updates",
                    .per_f = 2,
                    .fixed = 3}) {}
  Work work_per_value(double n) const override;

  /// i* of n ≥ byzantine + 3 rows. A row with a NaN or an infinity is infinitely far from every other.
  static std::size_t choose(Rows rows, std::int64_t byzantine, const Parallel& parallel = {});

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
