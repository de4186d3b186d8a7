// Inner-product manipulation: a mean that points up the slope.
#pragma once

#include "aggregation/informed_attack.h"

namespace windtunnel::aggregation {

/// out = −factor · μ, μ the mean of the updates known: when the result's inner product with μ turns negative, training
/// climbs. A small factor passes rules that look for distance, a large one those that do not. With knowledge of its own
/// update alone the attacker takes that for the mean.
/// Reference: Xie, Koyejo, Gupta: Fall of empires: breaking Byzantine-tolerant SGD by inner product manipulation, UAI 2019.
class InnerProduct final : public InformedAttack {
 public:
  double factor = 0.5;  ///< > 0

  InnerProduct() : InformedAttack("ipm", 1) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

/// The same with the factor that moves the rule's result farthest (optimized.h): the attacker knows the rule.
class OptimizedInnerProduct final : public InformedAttack {
 public:
  double largest = 8;  ///< of the factors tried
  std::int64_t steps = 32;

  OptimizedInnerProduct() : InformedAttack("optimized_ipm", 1) {}
  void describe(Fields& fields) override;
  Sight sight() const override { return {.knowledge = knows, .least = 1, .rule = true}; }

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
