// Spans summed up: how long each actor spent in each phase.
#pragma once

#include <cstdint>
#include <vector>

#include "models/journal.h"

namespace windtunnel::experiment {

struct PhaseTotal {
  models::ActorId actor = 0;
  models::Phase phase{};
  std::int64_t spans = 0;
  Duration time{};
};

/// By actor, then phase; only those with spans.
std::vector<PhaseTotal> phase_totals(const models::Journal& journal);
/// The same over all actors, by phase; `actor` means nothing.
std::vector<PhaseTotal> phase_totals_of_all(const models::Journal& journal);

}  // namespace windtunnel::experiment
