// Pushes the model up the slope.
#pragma once

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// out = −factor · own, factor > 0. The default, 10, is the one of SPIRT's experiments (facts 1).
class SignFlip final : public Attack {
 public:
  double factor = 10;

  void describe(Fields& fields) override;
  void forge(const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
