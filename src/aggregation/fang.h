// Directed deviation: against the way that the model would go, just where the rule still lets it through.
#pragma once

#include "aggregation/informed_attack.h"

namespace windtunnel::aggregation {

/// What the attack is made against.
enum class FangTarget : int { trimmed_mean, krum };
inline constexpr std::array<std::string_view, 2> fang_words{"trimmed_mean", "krum"};

/// s_j is the sign of the mean of the updates known, the way that the model would go.
/// Against trimmed mean and median: out[j] is drawn beyond all honest values on the other side: for s_j > 0 below their
/// smallest m, within [m/2, m] if m > 0 and [2m, m] else; for s_j < 0 above the largest, likewise. Who knows only colluders
/// draws within [μ − 4σ, μ − 3σ] or [μ + 3σ, μ + 4σ].
/// Against Krum: out = −λ s, λ halved from an upper bound until Krum chooses out among the updates known and the
/// attackers' copies of it, or λ < 10⁻⁵.
/// Needs two updates to see, against Krum three. The update here is a gradient, so the model before it is zero.
/// Reference: Fang, Cao, Jia, Gong: Local model poisoning attacks to Byzantine-robust federated learning, USENIX Security
/// 2020, sections 4.2 and 4.3.
class Fang final : public InformedAttack {
 public:
  FangTarget against = FangTarget::trimmed_mean;

  Fang() : InformedAttack("fang", 2) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
