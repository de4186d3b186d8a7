// Which runs a results file is to hold, under which ids. The file keeps its plan, made before the first run: so a sweep that
// was killed and resumed holds the same rows as one that was left alone, and one that has grown (more replications, another
// value of an axis, another variant) keeps what is there and adds what is missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/results.h"

namespace windtunnel::experiment {

/// A row of table `plan`. A run is the same run when all but the two numbers are equal.
struct PlannedRun {
  std::int64_t run_id = 0, point = 0;
  std::string variant, point_label, scenario_hash;
  std::int64_t replication = 0;
  std::uint64_t seed = 0;
  bool operator==(const PlannedRun&) const = default;
};

/// The plan for these runs, in the order of the scenario: those of `before` keep their numbers, the others get the next ones;
/// replications of a point share its number. Runs of `before` that are not wanted any longer are left out.
std::vector<PlannedRun> plan_of(const std::vector<RunIdentity>& wanted, const std::vector<PlannedRun>& before);

/// Throws InputError, which names what has changed, when a run in the file is none of those wanted, or was made from other
/// inputs. `wanted` has the numbers of the plan. Failed runs may be of anything: they are run again.
void require_same(const std::filesystem::path& file, const std::vector<RunSummary>& stored,
                  const std::vector<RunIdentity>& wanted);

}  // namespace windtunnel::experiment
