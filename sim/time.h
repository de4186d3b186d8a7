// Simulated time: whole nanoseconds since the start of the run. There is deliberately no now() here: the time is what
// the Simulation says it is.
#pragma once

#include <chrono>

namespace windtunnel::sim {

struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using Time = Clock::time_point;

}  // namespace windtunnel::sim
