// How long computing takes: from seconds on one reference core to seconds on the processors that do the work.
#pragma once

#include "base/fields.h"
#include "base/units.h"
#include "models/machines.h"
#include "sim/random.h"

namespace windtunnel::architectures {

struct ComputeConfig {
  /// Part of a gradient's work that a second processor can take over (Amdahl). [R]
  double parallel_fraction = 0.9;
  /// Coefficient of variation of a gradient's duration, log-normal around the mean; the same draw for the same minibatch in
  /// every architecture. [R]
  double variation = 0.05;
  /// Reference cores that one TFLOP/s of a GPU replaces. [R]
  double cores_per_gpu_tflops = 5;
  /// What a function or machine holds besides tensors: interpreter and libraries. [R]
  Memory runtime_memory{256};
  /// Memory that arithmetic on plain vectors reads and writes per second outside of a database. redisai.md 7.4.
  Bandwidth memory_bandwidth{19e9};

  void describe(Fields& f);

  /// How many times faster than one reference core `vcpus` processors are: below one their share, above by Amdahl's law.
  double speed(double vcpus) const;
  /// The same for a machine, its GPU taken instead where it has one.
  double speed(const models::MachineType& machine) const;
  /// Memory a worker needs that holds weights, gradient and a sum of them (3 × update) beside the runtime.
  Memory working_set(Bytes update) const;
};

}  // namespace windtunnel::architectures
