// How long computing takes: from seconds on one reference core to seconds on the processors that do the work. One model for
// every place where an architecture computes: a function's instance, a machine, a database's thread.
#pragma once

#include "aggregation/work.h"
#include "base/fields.h"
#include "base/units.h"
#include "learning/problem.h"
#include "models/machines.h"

namespace windtunnel::architectures {

struct ComputeConfig {
  /// Coefficient of variation of a gradient's duration, log-normal around the mean; the same draw for the same minibatch in
  /// every architecture. Unverified.
  double variation = 0.05;
  /// Part of a gradient's work that further processors can share (Amdahl); none: the network's measured one.
  std::optional<double> parallel_fraction;
  /// Of one minibatch on a GPU: starting its kernels, whatever the batch. Unverified.
  Duration gpu_launch_overhead = std::chrono::milliseconds(5);
  /// What a function or machine holds besides tensors: interpreter and libraries. Unverified.
  Memory runtime_memory{256};
  /// Memory that arithmetic on plain vectors reads and writes per second, on one core (bench/rules_bench).
  Bandwidth memory_bandwidth{aggregation::CoreRates().bytes_per_s};
  /// Scalar operations per second of one core, in the unit of aggregation::Work (bench/rules_bench).
  double operations_per_s = aggregation::CoreRates().flops_per_s;
  /// Tensors into messages and back, on one core: bytes of the tensor per second. LambdaML (arXiv 2105.07806), table 2: 75 MB
  /// between a function and a server, fitted to the cells with one function.
  Bandwidth encode{106e6};
  Bandwidth decode{33e6};

  void describe(Fields& f);

  /// How many times faster than one reference core `vcpus` processors compute one gradient: below one their share, above by
  /// Amdahl's law.
  double speed(double vcpus, const learning::Workload& work) const;
  /// One thread's: a core at most.
  static double thread_speed(double vcpus) { return vcpus < 1 ? vcpus : 1; }
  /// Mean time of one gradient on a GPU: launch overhead, and the batch's arithmetic at the rate that was measured with
  /// ResNet-50.
  Duration on_gpu(const models::MachineType& machine, const learning::Workload& work, std::int64_t batch) const;
  /// Arithmetic on plain vectors by one core: what takes longer, the operations or the memory.
  Duration arithmetic(const aggregation::Work& work) const;

  /// What a worker holds while it computes `at_once` minibatches: runtime, weights, the sum of the gradients, and for each
  /// minibatch a gradient, its samples and its activations.
  Memory working_set(const learning::Workload& work, std::int64_t batch, std::int64_t at_once = 1) const;
  /// The runtime and so many tensors of that size.
  Memory holding(Bytes tensor, std::int64_t tensors) const;
};

}  // namespace windtunnel::architectures
