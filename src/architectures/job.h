// The training job as the scenario states it, the same for every architecture.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fields.h"

namespace windtunnel::architectures {

/// Where the durations of real work come from.
enum class Timing : int {
  modelled,  ///< the cost model; reproducible to the bit
  measured   ///< this machine's measured time, scaled to the share of processors that does the work
};

/// What a worker's update counts in a mean.
enum class Weighting : int {
  samples,  ///< its part n_i / N of all training samples
  equal     ///< as much as any other
};

struct JobConfig {
  std::int64_t workers = 4;        ///< who compute gradients
  std::int64_t rounds = 100;       ///< updates of the model
  std::int64_t minibatches = 1;    ///< per worker and round
  std::int64_t batch_size = 64;    ///< samples of one minibatch
  Weighting weights = Weighting::samples;
  std::int64_t evaluate_every = 10;        ///< rounds between two evaluations; the last round is always evaluated
  std::optional<double> target_accuracy;   ///< stop after the round that reaches it
  Timing timing = Timing::modelled;

  void describe(Fields& f);
};

}  // namespace windtunnel::architectures
