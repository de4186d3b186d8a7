// Sends noise.
#pragma once

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// out[j] = z_j, or own[j] + z_j with `add`; z_j independent N(0, sigma²). The default, sigma = 100 and no addition, is
/// the one of SPIRT's experiments, which know both forms (facts 1). Philox4x64-10 keyed by the seed, counted from
/// (worker, round): no other consumer of random numbers shifts the noise.
class Gaussian final : public Attack {
 public:
  double sigma = 100;
  bool add = false;

  void describe(Fields& fields) override;
  void forge(const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
