// Covariance-bound agnostic filter: weights fall where the rows differ most, until they agree.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// All weights c_i begin at 1. While Σ c_i > n − 2f: μ = Σ c_i rows[i] / Σ c_i, λ and v the largest eigenvalue and its
/// eigenvector of the weighted covariance about μ, τ_i = ⟨v, rows[i] − μ⟩², c_i ← c_i (1 − τ_i / max τ over c > 0). out = the μ
/// of the smallest λ. Withstands f Byzantine rows without knowing how far honest ones may differ. n ≥ 2f + 1.
/// Reference: Allouah, Guerraoui, Stephan: Towards trustworthy federated learning with untrusted participants, 2025
/// (arXiv 2505.01874).
class Caf final : public RobustRule {
 public:
  Caf()
      : RobustRule({.name = "caf",
                    .f = "Byzantine updates to withstand; needs at least 2f + 1 updates",
                    .per_f = 2,
                    .fixed = 1}) {}
  Work work_per_call(double n) const override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
