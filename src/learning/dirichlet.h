// Each class is dealt to the workers in shares drawn from a symmetric Dirichlet distribution (Hsu, Qi and Brown, arXiv
// 1909.06335, in the per-class form of Li et al., arXiv 2102.02079): alpha → ∞ is iid, alpha → 0 gives a class to one
// worker. A worker that drew nothing gets one sample of the worker that has most (of several, the first).
#pragma once

#include "learning/partition.h"

namespace windtunnel::learning {

class Dirichlet final : public Partition {
 public:
  void describe(Fields& f) override;
  Shards split(const PartitionInput& input) const override;

  double alpha = 0.5;
};

}  // namespace windtunnel::learning
