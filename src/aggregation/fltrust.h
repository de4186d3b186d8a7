// Rows weighed by how far they point the way of an update that can be trusted.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// t_i = max(0, cos(rows[i], reference)); out = Σ t_i · rows[i] · ‖reference‖ / ‖rows[i]‖ / Σ t_i: each row at the reference's length,
/// none that points backwards. Zero when no row points the reference's way. Withstands any number of Byzantine rows as long
/// as the reference points the right way. n ≥ 1; the reference must be at hand.
/// Reference: Cao, Fang, Liu, Gong: FLTrust: Byzantine-robust federated learning via trust bootstrapping, NDSS 2021.
class FlTrust final : public Rule {
 public:
  std::string label() const override { return "fltrust"; }
  Traits traits() const override { return {.wants = {.reference = true}}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
