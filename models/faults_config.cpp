// The settings of faults, and what can be wrong with them.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>

#include "models/faults.h"

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 3> target_names{"worker", "server", "database"};

std::int64_t how_many(TargetKind kind, const Roster& roster) {
  if (kind == TargetKind::worker) return roster.workers;
  return kind == TargetKind::database ? roster.databases : (roster.server ? 1 : 0);
}

/// Collects what is wrong, each with its place.
struct Findings {
  std::vector<std::string> list;
  void require(bool condition, std::string_view where, std::string_view what) {
    if (!condition) list.push_back(fmt::format("{}: {}", where, what));
  }
  void worker(std::int64_t worker, std::string_view where, const Roster& roster) {
    require(worker >= 0 && worker < roster.workers, where,
            fmt::format("there is no worker {}; allowed: 0 to {}", worker, roster.workers - 1));
  }
  void times(Duration at, const std::optional<Duration>& lasts, const std::string& where) {
    require(at >= Duration(0), where + ".at", "allowed: 0 and above");
    require(!lasts || *lasts > Duration(0), where + ".lasts", "allowed: above 0");
  }
};

void examine(const CrashConfig& crash, const std::string& where, const Roster& roster, Findings& found) {
  const std::int64_t targets = how_many(crash.target, roster);
  if (targets == 0) {
    found.require(false, where + ".target", fmt::format("this architecture has no {}", name(crash.target)));
  } else if (crash.target == TargetKind::server) {
    found.require(!crash.index, where + ".index", "there is one server; allowed: no index");
  } else if (crash.index) {
    found.require(*crash.index >= 0 && *crash.index < targets, where + ".index",
                  fmt::format("there is no {} {}; allowed: 0 to {}", name(crash.target), *crash.index, targets - 1));
  }
  const int whens = (crash.at ? 1 : 0) + (crash.at_round ? 1 : 0) + (crash.mean_time_between_failures ? 1 : 0);
  found.require(whens == 1, where,
                fmt::format("{} of at, at_round and mean_time_between_failures are given; allowed: exactly one", whens));
  found.require(!crash.at || *crash.at >= Duration(0), where + ".at", "allowed: 0 and above");
  found.require(!crash.at_round || (*crash.at_round >= 0 && *crash.at_round < roster.rounds), where + ".at_round",
                fmt::format("there is no such round; allowed: 0 to {}", roster.rounds - 1));
  found.require(!crash.mean_time_between_failures || *crash.mean_time_between_failures > Duration(0),
                where + ".mean_time_between_failures", "allowed: above 0");
  found.require(!crash.recover_after || *crash.recover_after >= Duration(0), where + ".recover_after",
                "allowed: 0 and above");
}

}  // namespace

std::string_view name(TargetKind kind) { return target_names[static_cast<std::size_t>(kind)]; }

void CrashConfig::describe(Fields& f) {
  f("target", target, target_names, "what crashes");
  f("index", index, "which worker or database, counted from 0; each of them without it", {.min = 0});
  f("at", at, "simulated time of the crash", {.min = 0});
  f("at_round", at_round, "the crash is at the start of this round, counted from 0", {.min = 0});
  f("mean_time_between_failures", mean_time_between_failures, "mean of exponential times between crashes, up time only",
    {.min = 0, .above_min = true});
  f("recover_after", recover_after, "time from the crash until it starts again; it stays down without it", {.min = 0});
}

void StragglerConfig::describe(Fields& f) {
  f("worker", worker, "the slow worker, counted from 0", {.min = 0});
  f("factor", factor, "how many times as long it computes", {.min = 1, .max = 1e6});
  f("from_round", from_round, "first slow round, counted from 0", {.min = 0});
  f("until_round", until_round, "first round at normal speed again; never without it", {.min = 0});
}

void LostLinkConfig::describe(Fields& f) {
  f("between", between, "the two workers that cannot reach each other", {.min = 0});
  f("at", at, "simulated time of the loss", {.min = 0});
  f("lasts", lasts, "for how long; to the end without it", {.min = 0, .above_min = true});
}

void PartitionConfig::describe(Fields& f) {
  f("workers", workers, "workers cut off from all others and from the region's services", {.min = 0});
  f("at", at, "simulated time of the cut", {.min = 0});
  f("lasts", lasts, "for how long; to the end without it", {.min = 0, .above_min = true});
}

void JoinConfig::describe(Fields& f) {
  f("worker", worker, "the newcomer, counted from 0", {.min = 0});
  f("at_round", at_round, "it comes when the others are in this round, and takes part as soon as it can, counted from 0",
    {.min = 1});
}

void FaultsConfig::describe(Fields& f) {
  f("crashes", crashes, "what crashes, and when");
  f("stragglers", stragglers, "slow workers");
  f("lost_links", lost_links, "pairs of workers that lose each other");
  f("partitions", partitions, "groups of workers that are cut off");
  f("joins", joins, "workers that come later");
}

bool FaultsConfig::empty() const {
  return crashes.empty() && stragglers.empty() && lost_links.empty() && partitions.empty() && joins.empty();
}

std::vector<std::string> FaultsConfig::problems(const Roster& roster) const {
  Findings found;
  std::set<std::pair<int, std::int64_t>> failing;  // targets with a mean time between failures; index -1: each
  for (std::size_t i = 0; i < crashes.size(); ++i) {
    const std::string where = fmt::format("crashes[{}]", i);
    examine(crashes[i], where, roster, found);
    if (!crashes[i].mean_time_between_failures) continue;
    const int kind = static_cast<int>(crashes[i].target);
    const std::int64_t index = crashes[i].index.value_or(-1);
    const bool any_before = failing.lower_bound({kind, -1}) != failing.lower_bound({kind + 1, -1});
    const bool twice = failing.contains({kind, index}) || failing.contains({kind, -1}) || (index == -1 && any_before);
    found.require(!twice, where + ".mean_time_between_failures", "this target has one already; allowed: one per target");
    failing.insert({kind, index});
  }
  for (std::size_t i = 0; i < stragglers.size(); ++i) {
    const StragglerConfig& straggler = stragglers[i];
    const std::string where = fmt::format("stragglers[{}]", i);
    found.worker(straggler.worker, where + ".worker", roster);
    found.require(straggler.factor >= 1 && straggler.factor <= 1e6, where + ".factor", "allowed: 1 to 1e6");
    found.require(straggler.from_round >= 0, where + ".from_round", "allowed: 0 and above");
    found.require(!straggler.until_round || *straggler.until_round > straggler.from_round, where + ".until_round",
                  "allowed: after from_round");
  }
  for (std::size_t i = 0; i < lost_links.size(); ++i) {
    const std::vector<std::int64_t>& between = lost_links[i].between;
    const std::string where = fmt::format("lost_links[{}]", i);
    found.require(between.size() == 2 && between.front() != between.back(), where + ".between",
                  "allowed: two different workers");
    for (std::int64_t worker : between) found.worker(worker, where + ".between", roster);
    found.times(lost_links[i].at, lost_links[i].lasts, where);
  }
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const std::vector<std::int64_t>& workers = partitions[i].workers;
    const std::string where = fmt::format("partitions[{}]", i);
    found.require(!workers.empty(), where + ".workers", "allowed: at least one worker");
    found.require(std::set(workers.begin(), workers.end()).size() == workers.size(), where + ".workers",
                  "a worker is named twice");
    for (std::int64_t worker : workers) found.worker(worker, where + ".workers", roster);
    found.times(partitions[i].at, partitions[i].lasts, where);
  }
  std::set<std::int64_t> newcomers;
  for (std::size_t i = 0; i < joins.size(); ++i) {
    const std::string where = fmt::format("joins[{}]", i);
    found.require(roster.newcomers, where, "nobody can join this architecture later");
    found.worker(joins[i].worker, where + ".worker", roster);
    found.require(joins[i].at_round >= 1 && joins[i].at_round < roster.rounds, where + ".at_round",
                  fmt::format("there is no such round; allowed: 1 to {}", roster.rounds - 1));
    found.require(newcomers.insert(joins[i].worker).second, where + ".worker", "this worker joins twice");
  }
  found.require(joins.empty() || std::ssize(newcomers) < roster.workers, "joins", "somebody has to be there from the start");
  return found.list;
}

}  // namespace windtunnel::models
