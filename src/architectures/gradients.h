// The mean gradient of several minibatches at one place: as many at once as it has processors, the rest in turn.
// Promise: the mean is taken in the order of the minibatches, whatever their durations, and is the same to the bit as
// aggregation's mean of them; at most a few gradients are held besides the sum, whatever the number of minibatches.
#pragma once

#include <cstdint>
#include <vector>

#include "architectures/training.h"

namespace windtunnel::architectures {

/// Minibatches computed together at a place with so many processors: one on each, but on a GPU one after the other.
std::int64_t minibatches_at_once(const Place& place, std::int64_t minibatches);
std::int64_t minibatches_at_once(double vcpus, std::int64_t minibatches);

/// Which minibatches, at which weights.
struct Minibatches {
  std::vector<learning::Sample> samples;
  std::shared_ptr<TensorSpace> from;
  std::string weights_key;
};

/// Computes them, one span `compute` of `context` for each, and spends the time of taking their mean (average). The mean is
/// null where nothing is real.
sim::Task<Tensor> mean_gradient(Training& training, Minibatches minibatches, Place place, models::Context context);

}  // namespace windtunnel::architectures
