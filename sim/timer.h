// A restartable timer: runs an action once its deadline has passed without a restart. A restart to a later time only
// writes the deadline; it adds no event.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "sim/simulation.h"

namespace windtunnel::sim {

class Timer : private Callback {
 public:
  /// Not running at first. The action may restart or destroy the timer.
  Timer(Simulation& simulation, std::function<void()> action, std::string_view label = {})
      : Callback(label), simulation_(simulation), action_(std::move(action)) {}

  /// Runs out after `d` ≥ 0 from now (checked), whether it was running or not.
  void restart(Duration d) { simulation_.schedule(*this, d); }
  void restart_at(Time time) { simulation_.schedule_at(*this, time); }
  void stop() noexcept { simulation_.cancel(*this); }

  bool running() const noexcept { return scheduled(); }
  /// Precondition: running.
  using Callback::deadline;

 private:
  void fire() override {
    const auto action = action_;  // it may destroy the timer
    action();
  }

  Simulation& simulation_;
  std::function<void()> action_;
};

}  // namespace windtunnel::sim
