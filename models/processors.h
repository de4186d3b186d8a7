// The processors of a machine: jobs take as many as they keep busy, first come, first served, and go on at full speed, or at
// what CPU credits leave of it.
// Promise: a job that has its processors takes its time at full speed, to the nanosecond, unless credits run out; a job that
// is killed gives its processors back at once.
#pragma once

#include <optional>

#include "base/units.h"
#include "models/cpu_credits.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

class Processors {
 public:
  /// `vcpus` ≥ 1, whole (checked). Without credits the processors are full ones.
  Processors(sim::Simulation& simulation, double vcpus);
  /// From now on they depend on credits.
  void limit(const CreditTerms& terms, CreditMode mode);

  /// Waits until that many processors are free (fractions of one take a whole one), and keeps `busy` of them busy for the time
  /// that the work takes at full speed, or longer. Preconditions: a time from 0, 0 < busy ≤ all of them (checked).
  sim::Task<> compute(Duration at_full_speed, double busy);

  /// vCPU-seconds to be paid for beside the rent when the machine is given back now.
  double surplus_s();
  /// None: they depend on no credits (yet).
  std::optional<CpuCredits>& credits() { return credits_; }
  /// Jobs that wait for processors now.
  std::size_t waiting() const { return free_.waiting(); }

 private:
  struct Busy;
  sim::Task<> change_since(std::int64_t change);

  sim::Simulation& simulation_;
  sim::Resource free_;
  std::optional<CpuCredits> credits_;
  double demand_ = 0;
  sim::Event changed_;  ///< pulsed when another job begins or ends, which changes what each gets
  std::int64_t changes_ = 0;
};

}  // namespace windtunnel::models
