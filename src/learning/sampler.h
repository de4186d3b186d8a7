// Which training samples are in which minibatch.
// Promise: a function of (shards, plan, worker, round, minibatch) only, so every architecture trains on the same
// samples. A worker goes through its shard in a fresh random order each epoch, without replacement; its minibatches are
// consecutive stretches of these orders, the last of an epoch continuing into the next.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/partition.h"
#include "learning/problem.h"

namespace windtunnel::learning {

/// Throws InputError for a plan that no problem can have (see Plan's ranges).
void validate(const Plan& plan);

/// Checks the Sample's ranges against the plan.
void check_sample(const Plan& plan, const Sample& sample);

class Sampler {
 public:
  /// One non-empty shard per worker (checked).
  Sampler(Shards shards, const Plan& plan);
  /// plan.batch indices of training samples.
  std::vector<std::int64_t> indices(const Sample& sample) const;
  std::int64_t samples_of(int worker) const;

 private:
  Shards shards_;
  Plan plan_;
};

}  // namespace windtunnel::learning
