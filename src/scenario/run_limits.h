// When a run that does not come to its end is given up.
#pragma once

#include <cstdint>

#include "base/fields.h"

namespace windtunnel::scenario {

struct RunLimits {
  std::int64_t events = 100'000'000'000;          ///< of the simulation; about an hour of a processor
  std::int64_t events_at_one_instant = 10'000'000;  ///< without the clock going on
  Duration wall_clock = std::chrono::hours(7 * 24);

  void describe(Fields& f);
};

}  // namespace windtunnel::scenario
