// What the partitions share: the samples in random order, and the finish that keeps the promises of partition.h.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/partition.h"
#include "learning/random.h"

namespace windtunnel::learning {

/// Throws InputError when there are fewer samples than workers.
void check_enough(const PartitionInput& input);

/// 0 … n−1 in random order.
std::vector<std::int64_t> shuffled(std::int64_t n, Random& random);

/// The samples of each class, each list in random order.
std::vector<std::vector<std::int64_t>> by_class(const PartitionInput& input, Random& random);

/// Sorts each shard.
Shards sorted(Shards shards);

}  // namespace windtunnel::learning
