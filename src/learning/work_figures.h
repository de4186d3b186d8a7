// The cost model's figures for a network on a dataset.
#pragma once

#include <cmath>

#include "learning/datasets.h"
#include "learning/networks.h"
#include "learning/problem.h"

namespace windtunnel::learning {

inline constexpr std::string_view sample_time_doc =
    "forward and backward time of one sample on one reference core; default: the network's measured one";
inline constexpr std::string_view activation_size_doc =
    "memory of forward and backward per sample of a minibatch, beside weights and gradient; default: the network's "
    "measured one";

inline Workload workload_of(const Network& network, const Facts& data) {
  const ComputeCost cost = network.cost(data);
  return {.parameters = network.parameters(data),
          .samples = data.train,
          .test_samples = data.test,
          .sample_bytes = data.sample_bytes(),
          .seconds_per_sample = cost.seconds_per_sample,
          .forward_share = cost.forward_share,
          .parallel_fraction = cost.parallel_fraction,
          .flops_per_sample = cost.flops_per_sample,
          .activation_bytes_per_sample = {std::llround(cost.activation_bytes_per_sample)},
          .classes = data.classes};
}

}  // namespace windtunnel::learning
