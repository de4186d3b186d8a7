// How long each actor, or each role, spent in each phase: the sums of models/span_sums.h with names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/journal.h"

namespace windtunnel::experiment {

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
