// Flips bits of some values, as broken memory or transport does.
#pragma once

#include <vector>

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// out[j] = own[j] with `bits` flipped, for a share of the coordinates drawn at random; the others as they are. Bits count
/// from 1 for the least significant of the 32; the default flips the sign, the two highest of the exponent and one of the
/// fraction, so values become huge, tiny or infinite.
/// Reference: Xie, Koyejo, Gupta: Generalized Byzantine-tolerant SGD, 2018 (arXiv 1802.10116), section 6 (bit-flip attack).
class BitFlip final : public Attack {
 public:
  std::vector<std::int64_t> bits{22, 30, 31, 32};
  double share = 0.05;  ///< of the coordinates, in (0, 1]

  void describe(Fields& fields) override;
  void forge(const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
