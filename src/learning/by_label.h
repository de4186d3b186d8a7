// Each worker holds samples of a few classes only: the classes, in random order, go round the workers until each has
// `labels_per_worker`; the samples of a class are shared equally by the workers that hold it.
#pragma once

#include "learning/partition.h"

namespace windtunnel::learning {

class ByLabel final : public Partition {
 public:
  void describe(Fields& f) override;
  /// Also throws InputError when some class would have no worker, or some worker no sample.
  Shards split(const PartitionInput& input) const override;

  std::int64_t labels_per_worker = 2;
};

}  // namespace windtunnel::learning
