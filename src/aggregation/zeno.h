// The rows that promise most by an update that can be trusted.
#pragma once

#include "aggregation/robust_rule.h"

namespace windtunnel::aggregation {

/// score_i = rate · ⟨reference, rows[i]⟩ − rho · ‖rows[i]‖²: the decrease of the validation loss that a step along row i promises
/// to first order, less what its length costs. out = mean of the n − f rows with the highest scores (the lower index of equal
/// ones). The reference is the gradient of the server's own validation samples at the same weights. Withstands any f < n
/// Byzantine rows as long as the reference points the right way. n ≥ f + 1; the reference must be at hand.
/// Reference: Xie, Koyejo, Gupta: Zeno: distributed stochastic gradient descent with suspicion-based fault-tolerance, ICML 2019;
/// the loss's difference by its gradient as in their Zeno++ (ICML 2020), which needs no evaluation for each row.
class Zeno final : public RobustRule {
 public:
  Zeno()
      : RobustRule({.name = "zeno",
                    .f = "Byzantine updates to withstand; needs at least f + 1 updates",
                    .per_f = 1,
                    .fixed = 1}) {}
  double rate = 0.1;    ///< of the step that is judged, > 0
  double rho = 0.0005;  ///< weight of the squared length, ≥ 0

  void describe(Fields& fields) override;
  Traits traits() const override { return {.wants = {.reference = true}}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
