// Copies one honest worker, so that what that one has and others lack counts too much.
#pragma once

#include <optional>

#include "aggregation/informed_attack.h"

namespace windtunnel::aggregation {

/// out = a known update: the one that lies farthest from the mean along the direction in which they differ most, or the
/// `target`-th. Nothing in it is false; rules that choose or trim then favour the copied worker's data. The paper finds the
/// direction over the first rounds; here it is this round's. Needs two updates to see.
/// Reference: Karimireddy, He, Jaggi: Byzantine-robust learning on heterogeneous datasets via bucketing, ICLR 2022.
class Mimic final : public InformedAttack {
 public:
  std::optional<std::int64_t> target;  ///< counted among the updates known; none: chosen each round

  Mimic() : InformedAttack("mimic", 2) {}
  void describe(Fields& fields) override;

 protected:
  void forge_from(Rows known, const AttackContext& context, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
