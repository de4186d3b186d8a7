#include "models/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// A mean time between failures beyond this is as good as none; the clock ends at 292 years.
constexpr double longest_s = 100.0 * 365 * 24 * 3600;

std::string text(Target target) {
  if (target.kind == TargetKind::server) return std::string(name(target.kind));
  return fmt::format("{} {}", name(target.kind), target.index);
}

}  // namespace

FaultPlan::FaultPlan(sim::Simulation& simulation, Journal& journal, FaultsConfig config, const Roster& roster)
    : simulation_(simulation), journal_(journal), config_(std::move(config)), changed_(simulation), began_(simulation.now()) {
  const std::vector<std::string> found = config_.problems(roster);
  if (!found.empty()) throw InputError(fmt::format("faults.{}", fmt::join(found, "\nfaults.")));
  for (const CrashConfig& crash : config_.crashes) {
    const std::int64_t all = crash.target == TargetKind::worker     ? roster.workers
                             : crash.target == TargetKind::database ? roster.databases
                                                                    : 1;
    for (std::int64_t i = crash.index.value_or(0); i < (crash.index ? *crash.index + 1 : all); ++i) {
      Pending pending{.config = &crash, .target = {crash.target, i}, .due = {}, .intervals = {}};
      if (crash.at) pending.due = sim::Time(*crash.at);
      if (crash.mean_time_between_failures) {
        pending.intervals = simulation.stream(fmt::format("faults.{}", name(crash.target)), static_cast<std::uint64_t>(i));
        pending.due = simulation.now() + draw(pending);
      }
      pending_.push_back(std::move(pending));
    }
  }
}

void FaultPlan::begin(Context context) {
  const sim::Time now = simulation_.now();
  for (Pending& pending : pending_) {
    if (!pending.due) continue;
    if (pending.intervals) {
      *pending.due += now - began_;
    } else if (*pending.due < now) {
      pending.over = true;
      record(context, "crash missed", fmt::format("{}: it was due before the training began", text(pending.target)));
    }
  }
  began_ = now;
}

Duration FaultPlan::draw(Pending& pending) const {
  const double mean_s = to_seconds(*pending.config->mean_time_between_failures);
  return from_seconds(std::min(longest_s, pending.intervals->exponential(mean_s)));
}

// The crash that the clock brings to the target next; the one named first in the scenario if there are several.
FaultPlan::Pending* FaultPlan::next_of(Target target) {
  Pending* next = nullptr;
  for (Pending& pending : pending_) {
    if (pending.over || !pending.due || pending.target != target) continue;
    if (next == nullptr || *pending.due < *next->due) next = &pending;
  }
  return next;
}

bool FaultPlan::may_crash(Target target) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& pending) {
    return !pending.over && pending.target == target && !pending.config->at_round;
  });
}

bool FaultPlan::concerns(Target target) const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const Pending& pending) { return !pending.over && pending.target == target; });
}

bool FaultPlan::is_down(Target target) const { return std::find(down_.begin(), down_.end(), target) != down_.end(); }

// The target goes down: its up time stops.
Crash FaultPlan::take(Pending& pending, const Context& context) {
  for (Pending& other : pending_) {
    if (other.target != pending.target || !other.intervals || !other.due) continue;
    other.up_time_left = &other == &pending ? draw(other) : std::max(Duration(0), *other.due - simulation_.now());
    other.due.reset();
  }
  const bool again = pending.intervals && pending.config->recover_after;
  if (!again) pending.over = true;
  if (pending.config->recover_after && !is_down(pending.target)) down_.push_back(pending.target);
  record(context, "crash", text(pending.target));
  return {pending.target, pending.config->recover_after};
}

sim::Task<Crash> FaultPlan::next_crash(Target target, Context context) {
  if (is_down(target)) recovered(target, context);
  for (;;) {
    Pending* next = next_of(target);
    if (next == nullptr) {
      co_await changed_;
    } else if (*next->due <= simulation_.now()) {
      co_return take(*next, context);
    } else {
      co_await simulation_.delay_until(*next->due);
    }
  }
}

std::optional<Crash> FaultPlan::crash_at_round(Target target, Context context) {
  for (Pending& pending : pending_) {
    if (pending.over || pending.target != target || pending.config->at_round != context.round) continue;
    return take(pending, context);
  }
  return std::nullopt;
}

void FaultPlan::recovered(Target target, Context context, std::string_view detail) {
  std::erase(down_, target);
  for (Pending& pending : pending_) {
    if (pending.over || pending.target != target) continue;
    if (pending.intervals && !pending.due) {
      pending.due = simulation_.now() + pending.up_time_left;
    } else if (pending.due && *pending.due <= simulation_.now()) {
      pending.over = true;
    }
  }
  changed_.set();
  changed_.reset();
  record(context, "recovered", detail.empty() ? text(target) : std::string(detail));
}

std::optional<std::int64_t> FaultPlan::joins_at(std::int64_t worker) const {
  for (const JoinConfig& join : config_.joins) {
    if (join.worker == worker) return join.at_round;
  }
  return std::nullopt;
}

double FaultPlan::slowdown(std::int64_t worker, std::int64_t round) const {
  double factor = 1;
  for (const StragglerConfig& straggler : config_.stragglers) {
    const bool hit = straggler.worker == worker && round >= straggler.from_round &&
                     (!straggler.until_round || round < *straggler.until_round);
    if (hit) factor *= straggler.factor;
  }
  return factor;
}

sim::Task<> FaultPlan::disturb(Network& network, std::vector<SiteId> sites, ActorId actor) {
  check(config_.lost_links.empty() && config_.partitions.empty() ? true : !sites.empty(), "every worker has a site");
  struct Disturbance {
    sim::Time at;
    std::optional<Duration> lasts;
    std::string_view begins, ends;
    std::vector<std::int64_t> workers;
    std::optional<CutId> cut;
  };
  std::vector<Disturbance> all;
  for (const LostLinkConfig& lost : config_.lost_links) {
    all.push_back({sim::Time(lost.at), lost.lasts, "link lost", "link restored", lost.between, {}});
  }
  for (const PartitionConfig& partition : config_.partitions) {
    all.push_back({sim::Time(partition.at), partition.lasts, "partition", "partition healed", partition.workers, {}});
  }
  struct Step {
    sim::Time at;
    std::size_t index;
    bool begins;
  };
  std::vector<Step> steps;
  for (std::size_t i = 0; i < all.size(); ++i) {
    steps.push_back({all[i].at, i, true});
    if (all[i].lasts) steps.push_back({all[i].at + *all[i].lasts, i, false});
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  const std::size_t links = config_.lost_links.size();
  for (const Step& step : steps) {
    if (step.at > simulation_.now()) co_await simulation_.delay_until(step.at);
    Disturbance& one = all[step.index];
    std::vector<SiteId> side;
    for (std::int64_t worker : one.workers) side.push_back(sites[static_cast<std::size_t>(worker)]);
    if (!step.begins) {
      network.heal(*one.cut);
    } else if (step.index < links) {
      one.cut = network.cut({side.front()}, {side.back()});
    } else {
      one.cut = network.cut(side);
    }
    record({.actor = actor}, step.begins ? one.begins : one.ends, fmt::format("workers {}", fmt::join(one.workers, ", ")));
  }
}

void FaultPlan::record(const Context& context, std::string_view kind, std::string detail) {
  journal_.faults.push_back({context.actor, std::string(kind), context.round, simulation_.now(), std::move(detail)});
}

}  // namespace windtunnel::models
