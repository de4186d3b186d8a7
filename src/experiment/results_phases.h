// Spans summed up: how long each actor, or each role, spent in each phase.
//
// An actor's spans may overlap (a workflow's state holds a fetch and a wait). Three figures, therefore: `total` adds up the
// spans; `exclusive` counts every instant of an actor once, for the span that began last among those under way, so that an
// actor's phases add up to no more than the length of the run; `startup` is the part of `exclusive` before the training.
#pragma once

#include <cstdint>
#include <string>
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

struct PhaseShare {
  std::string who;          ///< an actor, or a role
  std::int64_t actors = 1;  ///< that have spans of any phase: of a role, how many they are
  models::Phase phase{};
  std::int64_t spans = 0;
  Duration total{}, exclusive{}, startup{};
};

/// By actor, then phase; only those with spans.
std::vector<PhaseShare> phases_by_actor(const models::Journal& journal);
/// The same by role: actors whose names differ in their numbers only are one (`peer-*`, `peer-*/gradient-*`). Roles in order
/// of their first actors.
std::vector<PhaseShare> phases_by_role(const models::Journal& journal);

/// `peer-12/gradient-3` → `peer-*/gradient-*`.
std::string role_of(std::string_view actor);

}  // namespace windtunnel::experiment
