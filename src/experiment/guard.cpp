#include "experiment/guard.h"

#include <fmt/format.h>

#include "base/units.h"

namespace windtunnel::experiment {

Guard::Guard(sim::Simulation& simulation, const scenario::RunLimits& limits, const StopFlag& stop)
    : simulation_(simulation), limits_(limits), stop_(stop) {
  simulation.watch([this] { look_again(); });
}

void Guard::look_again() {
  events_ += sim::Simulation::watch_interval;
  events_at_one_instant_ = simulation_.now() == instant_ ? events_at_one_instant_ + sim::Simulation::watch_interval : 0;
  instant_ = simulation_.now();
  look();
}

void Guard::look() const {
  if (stop_) throw Interrupted();
  const auto give_up = [this](std::string_view limit, const std::string& why) {
    throw EndlessError(fmt::format("given up by limits.{} after {} events at {} of simulated time: {}", limit, events_,
                                   format(simulation_.now().time_since_epoch()), why));
  };
  if (events_at_one_instant_ >= limits_.events_at_one_instant) {
    give_up("events_at_one_instant", "the clock does not go on; does something wait for itself without any latency?");
  }
  if (events_ >= limits_.events) give_up("events", fmt::format("{} are allowed", limits_.events));
  if (const auto elapsed = std::chrono::steady_clock::now() - started_; elapsed >= limits_.wall_clock) {
    give_up("wall_clock", fmt::format("{} on this machine are allowed", format(limits_.wall_clock)));
  }
}

}  // namespace windtunnel::experiment
