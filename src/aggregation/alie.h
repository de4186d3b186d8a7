// A little is enough: stays within what honest updates vary.
#pragma once

#include <optional>

#include "aggregation/informed_attack.h"

namespace windtunnel::aggregation {

/// out = μ − z σ, μ and σ the mean and the deviation of each coordinate of the updates known. z is the largest for which
/// enough honest updates lie farther out to make a majority with the attackers: Φ(z) = (n − f − s) / (n − f) with
/// s = ⌊n/2 + 1⌋ − f, or a given factor. Needs two updates to see.
/// Reference: Baruch, Baruch, Goldberg: A little is enough: circumventing defenses for distributed learning, NeurIPS 2019,
/// algorithm 3.
class Alie final : public InformedAttack {
 public:
  std::optional<double> factor;  ///< z; none: from the numbers of workers

  Alie() : InformedAttack("alie", 2) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

/// The same with the z that moves the rule's result farthest (optimized.h): the attacker knows the rule.
class OptimizedAlie final : public InformedAttack {
 public:
  double largest = 4;  ///< of the factors tried
  std::int64_t steps = 16;

  OptimizedAlie() : InformedAttack("optimized_alie", 2) {}
  void describe(Fields& fields) override;
  Sight sight() const override { return {.knowledge = knows, .least = 2, .rule = true}; }

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
