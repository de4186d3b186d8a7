// Ends a run that a person does not want any longer, or that does not come to its end by itself.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "experiment/interrupt.h"
#include "scenario/run_limits.h"
#include "sim/simulation.h"

namespace windtunnel::experiment {

/// A run went on for longer than its limits allow.
class EndlessError : public RunError {
 public:
  using RunError::RunError;
};

class Guard {
 public:
  /// From now on, whatever goes on in the simulation. All three must outlive its runs.
  Guard(sim::Simulation& simulation, const scenario::RunLimits& limits, const StopFlag& stop);

  /// Throws Interrupted when the flag is set, EndlessError when a limit is passed.
  void look() const;

 private:
  void look_again();

  sim::Simulation& simulation_;
  const scenario::RunLimits& limits_;
  const StopFlag& stop_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  // Counted by the simulation's looks: what goes in a circle within one event counts too.
  std::int64_t events_ = 0, events_at_one_instant_ = 0;
  sim::Time instant_{};
};

}  // namespace windtunnel::experiment
