#include "scenario/run_limits.h"

namespace windtunnel::scenario {

void RunLimits::describe(Fields& f) {
  f("events", events, "events of the simulation after which a run has failed", {.min = 1, .max = 9e18});
  f("events_at_one_instant", events_at_one_instant,
    "events without the simulated clock going on after which a run has failed: something goes in a circle",
    {.min = 65'536, .max = 9e18});
  f("wall_clock", wall_clock, "time on this machine after which a run has failed", {.min = 0, .above_min = true});
}

}  // namespace windtunnel::scenario
