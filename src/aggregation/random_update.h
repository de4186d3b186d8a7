// Sends numbers that have nothing to do with training.
#pragma once

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// out[j] uniform in [−scale, scale), independent. Philox4x64-10 keyed by the seed, counted from (worker, round). (Gaussian
/// noise: gaussian.h.)
class RandomUpdate final : public Attack {
 public:
  double scale = 1;  ///< > 0

  void describe(Fields& fields) override;
  void forge(const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
