// Samples dealt at random in shares that differ by one at most.
#pragma once

#include "learning/partition.h"

namespace windtunnel::learning {

class Iid final : public Partition {
 public:
  Shards split(const PartitionInput& input) const override;
};

}  // namespace windtunnel::learning
