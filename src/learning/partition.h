// Who trains on which samples.
// Promise: a partition depends on (labels, workers, seed) and its own settings only; every worker gets at least one
// sample, every sample goes to exactly one worker, and each worker's list is ascending.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/fields.h"

namespace windtunnel::learning {

struct PartitionInput {
  std::span<const std::int64_t> labels;  ///< of the training samples, each in [0, classes)
  std::int64_t classes = 0;
  int workers = 1;
  std::uint64_t seed = 0;
};

/// Sample indices by worker.
using Shards = std::vector<std::vector<std::int64_t>>;

class Partition {
 public:
  virtual ~Partition() = default;
  virtual void describe(Fields&) {}
  /// Throws InputError when there are fewer samples than workers.
  virtual Shards split(const PartitionInput& input) const = 0;
};

/// iid, dirichlet{alpha}, by_label{labels_per_worker}.
Family<Partition> partitions();

}  // namespace windtunnel::learning
