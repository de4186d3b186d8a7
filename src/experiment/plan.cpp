#include "experiment/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "experiment/differences.h"

namespace windtunnel::experiment {
namespace {

constexpr std::size_t most_lines = 8;  // of one message

std::string called(const RunIdentity& run) {
  std::string text = fmt::format("run {}", run.run_id);
  for (const std::string* part : {&run.variant, &run.point_label}) {
    if (!part->empty()) text += ", " + *part;
  }
  return run.replication == 0 ? text : fmt::format("{}, replication {}", text, run.replication);
}

// The wanted run that a stored one most likely was: of its place, or one that differs least.
const RunIdentity* likely(const RunSummary& stored, const std::vector<RunIdentity>& wanted) {
  for (const RunIdentity& run : wanted) {
    if (run.variant == stored.variant && run.point_label == stored.point_label && run.replication == stored.replication) {
      return &run;
    }
  }
  return nullptr;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const RunSummary& stored, std::vector<std::string> lines) {
  if (lines.size() > most_lines) {
    const std::size_t more = lines.size() - most_lines;
    lines.resize(most_lines);
    lines.push_back(fmt::format("… and {} more", more));
  }
  throw InputError(fmt::format("{} holds results of other inputs ({}); use --out for another folder, or --force to replace "
                               "them. What has changed:\n  {}",
                               file.string(), called(stored), fmt::join(lines, "\n  ")));
}

}  // namespace

std::vector<PlannedRun> plan_of(const std::vector<RunIdentity>& wanted, const std::vector<PlannedRun>& before) {
  using PointKey = std::tuple<std::string, std::string, std::string>;
  using RunKey = std::tuple<PointKey, std::int64_t, std::uint64_t>;
  std::map<PointKey, std::int64_t> points;
  std::map<RunKey, std::int64_t> runs;
  std::int64_t next_point = 0, next_run = 0;
  for (const PlannedRun& run : before) {
    const PointKey point{run.variant, run.point_label, run.scenario_hash};
    points[point] = run.point;
    runs[{point, run.replication, run.seed}] = run.run_id;
    next_point = std::max(next_point, run.point + 1);
    next_run = std::max(next_run, run.run_id + 1);
  }
  std::vector<PlannedRun> plan;
  for (const RunIdentity& run : wanted) {
    const PointKey key{run.variant, run.point_label, run.scenario_hash};
    const auto [point, new_point] = points.try_emplace(key, next_point);
    if (new_point) ++next_point;
    const auto [id, new_run] = runs.try_emplace({key, run.replication, run.seed}, next_run);
    if (new_run) ++next_run;
    plan.push_back({id->second, point->second, run.variant, run.point_label, run.scenario_hash, run.replication, run.seed});
  }
  return plan;
}

void require_same(const std::filesystem::path& file, const std::vector<RunSummary>& stored,
                  const std::vector<RunIdentity>& wanted) {
  std::map<std::int64_t, const RunIdentity*> by_id;
  for (const RunIdentity& run : wanted) by_id[run.run_id] = &run;
  for (const RunSummary& run : stored) {
    if (run.status == Status::failed) continue;
    if (const auto same = by_id.find(run.run_id); same != by_id.end()) {
      if (auto lines = hidden_differences(run, *same->second); !lines.empty()) refuse(file, run, std::move(lines));
      continue;
    }
    const RunIdentity* now = likely(run, wanted);
    if (now == nullptr) refuse(file, run, {"the scenario does not have this run any longer"});
    refuse(file, run, differences(run, *now));
  }
}

}  // namespace windtunnel::experiment
