#include "scenario/effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/cold_start.h"
#include "models/machines.h"
#include "scenario/paths.h"

namespace windtunnel::scenario {
namespace {

using architectures::Timing;

bool learns(const Scenario& s) { return s.learning.selected() != "none"; }
bool attacks(const Scenario& s) { return s.adversary.attack.selected() != "none"; }

std::string unless(bool effective, std::string_view why_not) { return effective ? std::string() : std::string(why_not); }

std::string needs_learning(const Scenario& s) { return unless(learns(s), "learning is none: nothing is computed"); }

// Nobody is a value like others: where an axis of shares begins.
std::string needs_attack(const Scenario& s) {
  if (!learns(s)) return "learning is none: there are no numbers to forge";
  return unless(attacks(s), "adversary.attack is none");
}

std::string needs_byzantine(const Scenario& s) {
  if (learns(s) && !s.adversary.who.any()) return "adversary.byzantine names no worker";
  return needs_attack(s);
}

// What the architecture does not use cannot be set.
template <bool architectures::Uses::*Part>
std::string needs(const Scenario& s, std::string_view what) {
  return unless(s.architecture->uses(s.job).*Part, fmt::format("{} has no {}", s.architecture.selected(), what));
}
std::string needs_functions(const Scenario& s) { return needs<&architectures::Uses::functions>(s, "functions"); }
std::string needs_machines(const Scenario& s) { return needs<&architectures::Uses::machines>(s, "machines"); }
std::string needs_database(const Scenario& s) { return needs<&architectures::Uses::database>(s, "databases"); }
std::string needs_queue(const Scenario& s) { return needs<&architectures::Uses::queue>(s, "queues"); }
std::string needs_workflow(const Scenario& s) { return needs<&architectures::Uses::workflow>(s, "workflows"); }
std::string needs_workers_apart(const Scenario& s) {
  return needs<&architectures::Uses::workers_apart>(s, "workers of its own");
}

template <models::WorkflowKind Kind>
std::string needs_workflow_kind(const Scenario& s) {
  return unless(s.cloud.workflow.kind == Kind, fmt::format("workflows are {}", models::name(s.cloud.workflow.kind)));
}

// Whether a machine that the architecture rents is such a one.
bool rents(const Scenario& s, bool (*such)(const models::MachineType&)) {
  for (const architectures::RentedMachine& rented : s.architecture->uses(s.job).rents) {
    for (const models::MachineType& type : models::machine_types()) {
      if (type.name == rented.type && such(type)) return true;
    }
  }
  return false;
}

// A GPU's settings matter only where there is one.
std::string needs_gpu(const Scenario& s) {
  return unless(rents(s, [](const models::MachineType& t) { return !t.gpu.empty(); }),
                "no machine of this architecture has a GPU");
}

std::string needs_burstable(const Scenario& s) {
  return unless(rents(s, [](const models::MachineType& t) { return t.credits.has_value(); }),
                "no machine of this architecture is burstable (t2, t3)");
}

// A machine that is there from the start boots after a crash only.
std::string needs_boot(const Scenario& s) {
  return unless(s.cloud.provisioning == models::Provisioning::counted || !s.faults.crashes.empty(),
                "machines are provisioned before the start, and nothing crashes");
}

const auto rules = std::to_array<Effect>({
    {"weights",
     [](const Scenario& s) {
       if (!s.learning->has_shards()) return fmt::format("learning is {}: all workers have as many samples", s.learning.selected());
       const auto* rule = s.architecture->uses(s.job).rule;
       return unless(rule == nullptr || (*rule)->takes_weighted_rows(), "the rule compares updates, it does not weigh them");
     }},
    {"evaluate_every", needs_learning},
    {"target_accuracy",
     [](const Scenario& s) {
       return unless(learns(s) && s.learning->workload().classes > 0,
                     fmt::format("learning is {}: there is no accuracy", s.learning.selected()));
     }},
    {"timing",
     [](const Scenario& s) {
       return unless(learns(s) || s.job.timing == Timing::modelled, "learning is none: there is no real work to measure");
     }},
    {"optimizer.*.learning_rate", needs_learning},
    {"optimizer.*.weight_decay", needs_learning},
    {"optimizer.adam.beta1", needs_learning},
    {"optimizer.adam.beta2", needs_learning},
    {"optimizer.adam.epsilon", needs_learning},
    {"architecture.*.rule",
     [](const Scenario& s) {
       return unless(s.architecture->uses(s.job).rule != nullptr, "asynchronous updates are applied one by one, not combined");
     }},
    {"adversary.byzantine", needs_attack},
    {"adversary.from_round", needs_byzantine},
    {"adversary.until_round", needs_byzantine},
    {"adversary.attack",
     [](const Scenario& s) { return attacks(s) ? needs_byzantine(s) : std::string(); }},
    {"faults.stragglers", needs_workers_apart},
    {"faults.lost_links", needs_workers_apart},
    {"faults.partitions", needs_workers_apart},
    {"faults.joins", needs_workers_apart},
    {"store",
     [](const Scenario& s) {
       return unless(learns(s) || s.store->redis() == nullptr, "learning is none: there are no tensors to store");
     }},
    {"learning.none.dataset.*.path",
     [](const Scenario&) { return std::string("learning is none: no file is read"); }},
    {"cloud.database.persistent",
     [](const Scenario& s) { return unless(!s.faults.crashes.empty(), "nothing crashes"); }},
    {"cloud.network.functions_per_server", needs_functions},
    {"cloud.functions.back_off",
     [](const Scenario& s) {
       return unless(s.cloud.functions.throttle == models::Throttle::refuse, "throttle is wait: no call is refused");
     }},
    {"cloud.workflow.express", needs_workflow_kind<models::WorkflowKind::express>},
    {"cloud.workflow.history_limit", needs_workflow_kind<models::WorkflowKind::standard>},
    {"cloud.network.server_bandwidth",
     [](const Scenario& s) {
       return unless(s.cloud.network.functions_per_server > 0, "functions_per_server is 0: no server is shared");
     }},
    {"cloud.compute.gpu_launch_overhead", needs_gpu},
    {"cloud.machines.boot", needs_boot},
    {"cloud.machines.boot_growth", needs_boot},
    {"cloud.machines.credits", needs_burstable},
    {"cloud.object_store.function_bandwidth", needs_functions},
    {"cloud.function", needs_functions},
    {"cloud.function_data", needs_functions},
    {"cloud.functions", needs_functions},
    {"cloud.machines", needs_machines},
    {"cloud.database", needs_database},
    {"cloud.queue", needs_queue},
    {"cloud.workflow", needs_workflow},
});

}  // namespace

std::span<const Effect> effects() { return rules; }

bool matches(std::string_view path, std::string_view pattern) {
  const std::vector<std::string_view> parts = split(path), wanted = split(pattern);
  if (parts.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (wanted[i] != "*" && wanted[i] != parts[i]) return false;
  }
  return true;
}

void EffectCheck::point(const Scenario& scenario, const Places& places) {
  std::vector<architectures::Idle> idle = scenario.architecture->uses(scenario.job).idle;
  for (architectures::Idle& one : architectures::idle_settings(scenario.cloud.function, "cloud.function")) idle.push_back(std::move(one));
  for (const auto& [path, place] : places) {
    const std::string key = fmt::format("{}:{}:{}:{}:{}", path, place.key.source ? place.key.source->name() : "",
                                        place.key.line, place.key.column, place.value.line);
    const auto [entry, is_new] = index_.try_emplace(key, seen_.size());
    if (is_new) {
      seen_.push_back({path, place, {}, false, ""});
      for (const Effect& effect : effects()) {
        if (matches(path, effect.path)) seen_.back().effects.push_back(&effect);
      }
    }
    Seen& seen = seen_[entry->second];
    std::string why_not;
    for (const Effect* effect : seen.effects) {
      if (why_not.empty()) why_not = effect->why_not(scenario);
    }
    for (const architectures::Idle& one : idle) {
      if (why_not.empty() && matches(path, one.path)) why_not = one.why;
    }
    if (why_not.empty()) seen.effective_somewhere = true;
    else if (seen.why_not.empty()) seen.why_not = why_not;
  }
}

void EffectCheck::report(Faults& faults) const {
  for (const Seen& seen : seen_) {
    const bool strict = seen.place.layer == Layer::axis;
    if (seen.why_not.empty() || (seen.effective_somewhere && !strict)) continue;
    faults.add({seen.place.key, seen.path, "has no effect: " + seen.why_not,
                strict && seen.effective_somewhere ? "in some points of the sweep; vary it in a scenario of its own" : ""});
  }
}

}  // namespace windtunnel::scenario
