// Trains on false labels.
#pragma once

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// An attack on the data: label y becomes classes − 1 − y (9 − y with ten classes, facts 1). The updates are honest
/// gradients of the spoilt data.
class LabelFlip final : public Attack {
 public:
  bool poisons_data() const override { return true; }
  std::int64_t label(std::int64_t label, std::int64_t classes) const override { return classes - 1 - label; }
};

}  // namespace windtunnel::aggregation
