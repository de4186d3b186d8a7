// Goes as far from the mean as honest updates go from each other.
#pragma once

#include "aggregation/informed_attack.h"

namespace windtunnel::aggregation {

/// Which way from the mean μ.
enum class Perturbation : int {
  unit,       ///< −μ / ‖μ‖
  deviation,  ///< −σ
  sign,       ///< −sign(μ)
};
inline constexpr std::array<std::string_view, 3> perturbation_words{"unit", "deviation", "sign"};

/// out = μ + γ p, p the perturbation and γ the largest for which out is nowhere suspicious: for min-max its largest distance
/// to an update known is at most the largest between two of them; for min-sum the sum of its squared distances to them is at
/// most the largest such sum of one of them. The paper halves its way to γ; both conditions are quadratic in γ, and it is
/// their root. Needs two updates to see.
/// Reference: Shejwalkar, Houmansadr: Manipulating the Byzantine: optimizing model poisoning attacks and defenses for
/// federated learning, NDSS 2021 (min-max and min-sum, agnostic to the rule).
class MinMax final : public InformedAttack {
 public:
  Perturbation perturbation = Perturbation::deviation;

  MinMax() : InformedAttack("min_max", 2) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

class MinSum final : public InformedAttack {
 public:
  Perturbation perturbation = Perturbation::deviation;

  MinSum() : InformedAttack("min_sum", 2) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
