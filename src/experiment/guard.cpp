#include "experiment/guard.h"

#include <fmt/format.h>

#include "base/units.h"

namespace windtunnel::experiment {

Guard::Guard(sim::Simulation& simulation, const scenario::RunLimits& limits, const StopFlag& stop)
    : simulation_(simulation), limits_(limits), stop_(stop) {
  simulation.watch([this] { look(); });
}

void Guard::look() {
  if (stop_) throw Interrupted();
  const std::uint64_t events = simulation_.events();
  const sim::Time now = simulation_.now();
  const auto give_up = [&](std::string_view limit, const std::string& why) {
    throw EndlessError(fmt::format("given up by limits.{} after {} events at {} of simulated time: {}", limit, events,
                                   format(now.time_since_epoch()), why));
  };
  if (now != instant_) {
    instant_ = now;
    events_before_ = events;
  } else if (events - events_before_ >= static_cast<std::uint64_t>(limits_.events_at_one_instant)) {
    give_up("events_at_one_instant", "the clock does not go on; does something wait for itself without any latency?");
  }
  if (events >= static_cast<std::uint64_t>(limits_.events)) {
    give_up("events", fmt::format("{} are allowed", limits_.events));
  }
  if (const auto elapsed = std::chrono::steady_clock::now() - started_; elapsed >= limits_.wall_clock) {
    give_up("wall_clock", fmt::format("{} on this machine are allowed", format(limits_.wall_clock)));
  }
}

}  // namespace windtunnel::experiment
