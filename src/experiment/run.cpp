#include "experiment/run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "architectures/architecture.h"
#include "base/error.h"
#include "base/version.h"
#include "store/address.h"
#include "store/databases.h"

namespace windtunnel::experiment {
namespace {

using namespace nlohmann::literals;
using scenario::Document;
using scenario::Point;
using scenario::Scenario;

learning::Plan plan_of(const Point& point) {
  const architectures::JobConfig& job = point.scenario.job;
  return {.workers = static_cast<int>(job.workers),
          .minibatches = static_cast<int>(job.minibatches),
          .batch = job.batch_size,
          .seed = point.seed};
}

/// Shows the run on the board, and ends it when a person says so. Cost is a sum over the ledger, so it is taken at most
/// ten times a second.
class Watcher {
 public:
  Watcher(Workshop& workshop, std::int64_t run_id, std::string name)
      : workshop_(workshop), run_id_(run_id), name_(std::move(name)) {}

  void operator()(const architectures::Training& training) {
    if (workshop_.stop) throw Interrupted();
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    const auto quality = training.latest_quality();
    workshop_.board.update(run_id_, {.name = name_,
                                     .round = training.rounds_finished(),
                                     .rounds = training.job.rounds,
                                     .simulated = training.simulation.now().time_since_epoch(),
                                     .cost = training.journal.ledger.total(),
                                     .accuracy = quality ? std::optional(quality->accuracy) : std::nullopt});
  }

 private:
  Workshop& workshop_;
  std::int64_t run_id_;
  std::string name_;
  std::chrono::steady_clock::time_point next_{};
};

/// Where the tensors of a run are: nowhere, in process, or in Redis.
struct Tensors {
  std::unique_ptr<store::Databases> databases;
  std::unique_ptr<architectures::TensorSpaces> spaces;

  Tensors(const Scenario& scenario, bool real) {
    if (!real) return;
    if (const store::RedisSettings* redis = scenario.store->redis()) {
      databases = std::make_unique<store::Databases>(*redis);
      spaces = architectures::redis_tensors(*databases);
    } else {
      spaces = architectures::local_tensors();
    }
  }
};

/// The scenario as it may be kept: what a results file holds is shown around, so a password in the store's URL is not.
std::string without_secrets(const Point& point) {
  const store::RedisSettings* redis = point.scenario.store->redis();
  if (redis == nullptr || !redis->url) return point.canonical_json;
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(point.canonical_json);
  json.at("/store/redis/url"_json_pointer) = store::without_password(*redis->url);
  return json.dump();
}

}  // namespace

std::shared_ptr<const learning::Problem> Problems::of(const Point& point) {
  const learning::Plan plan = plan_of(point);
  const std::string key =
      fmt::format("{}|{}|{}|{}|{}", nlohmann::json::parse(point.canonical_json).at("learning").dump(), plan.workers,
                  plan.minibatches, plan.batch, plan.seed);
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    auto& found = slots_[key];
    if (!found) found = std::make_shared<Slot>();
    slot = found;
  }
  const std::lock_guard lock(slot->mutex);
  if (!slot->made) {
    slot->problem = point.scenario.learning->problem(plan);
    slot->made = true;
  }
  return slot->problem;
}

std::string point_label(const Point& point) {
  std::string label;
  for (const auto& axis : point.axes) label += fmt::format("{}{}={}", label.empty() ? "" : ", ", axis.path, axis.value);
  return label;
}

std::string title(const Document& document, const Point& point) {
  std::string text = point.variant.empty() ? document.name : point.variant;
  if (const std::string label = point_label(point); !label.empty()) text += " · " + label;
  if (document.replications > 1) text += fmt::format(" · #{}", point.replication);
  return text;
}

Outcome run_point(const Document& document, const Point& point, std::int64_t run_id, Workshop& workshop) {
  const Scenario& s = point.scenario;
  workshop.board.update(run_id, {.name = title(document, point), .round = 0, .rounds = s.job.rounds,
                                 .simulated = {}, .cost = {}, .accuracy = std::nullopt});
  Outcome outcome;
  outcome.journal = std::make_unique<models::Journal>(models::PriceSheet::named(s.cloud.prices));
  models::Journal& journal = *outcome.journal;
  sim::Simulation simulation(point.seed);

  const std::shared_ptr<const learning::Problem> problem = workshop.problems.of(point);
  const Tensors tensors(s, problem != nullptr);
  if (tensors.databases) {
    for (const std::string& place : tensors.databases->places()) {
      workshop.board.note(fmt::format("{}: tensors in {}", title(document, point), place));
    }
  }
  try {
    architectures::Cloud cloud(simulation, journal, s.cloud);
    const architectures::Uses uses = s.architecture->uses();
    models::FaultPlan faults(simulation, journal, s.faults,
                             {.workers = s.job.workers,
                              .databases = uses.database ? s.job.workers : 0,
                              .server = uses.server,
                              .rounds = s.job.rounds});
    const models::Adversary adversary(s.adversary.who, s.job.workers);
    architectures::Training training({.simulation = simulation,
                                      .journal = journal,
                                      .cloud = cloud,
                                      .faults = faults,
                                      .adversary = adversary,
                                      .job = s.job,
                                      .workload = s.learning->workload(),
                                      .problem = problem,
                                      .tensors = tensors.spaces.get(),
                                      .pool = problem ? &workshop.pool : nullptr,
                                      .attack = s.adversary.attack,
                                      .optimizer = s.optimizer,
                                      .observer = Watcher(workshop, run_id, title(document, point))});
    // The data set is in the object store before the job begins and stays for its whole time.
    const models::Context data{journal.actors.id("data set"), models::Phase::idle, -1};
    cloud.objects.hold(training.workload.sample_bytes * training.workload.samples);
    const auto settle = [&] {
      cloud.objects.settle(data);
      outcome.ended = simulation.now();
      outcome.trajectory = simulation.trajectory();
    };
    try {
      simulation.spawn(s.architecture->run(training), "training");
      simulation.run();
      training.finish();
    } catch (...) {
      settle();
      throw;
    }
    settle();
  } catch (const architectures::StoreError& error) {
    outcome.status = Status::failed;
    outcome.reason = error.what();
  } catch (const RunError& error) {
    outcome.status = Status::infeasible;
    outcome.reason = error.what();
  }
  return outcome;
}

RunRecord record_of(const Document& document, const Point& point, std::int64_t run_id, const Outcome& outcome) {
  const Scenario& s = point.scenario;
  const architectures::Uses uses = s.architecture->uses();
  RunRecord record{.run_id = run_id,
                   .point = run_id / document.replications,
                   .replication = point.replication,
                   .scenario = document.name,
                   .variant = point.variant,
                   .point_label = point_label(point)};
  for (const auto& axis : point.axes) record.sweep_values.push_back({axis.path, axis.value});
  record.architecture = s.architecture.selected();
  record.rule = uses.rule ? uses.rule->selected() : "";
  record.attack = s.adversary.who.byzantine.empty() ? "none" : s.adversary.attack.selected();
  record.seed = point.seed;
  record.scenario_hash = point.hash;
  record.scenario_json = without_secrets(point);
  record.program_version = std::string(version);
  record.price_sheet = s.cloud.prices;
  record.status = outcome.status;
  record.reason = outcome.reason;
  record.ended = outcome.ended;
  record.trajectory = outcome.trajectory;
  record.reproducible = s.job.timing == architectures::Timing::modelled;
  record.journal = outcome.journal.get();
  if (!outcome.journal->evaluations.empty()) {
    record.accuracy = outcome.journal->evaluations.back().accuracy;
    record.loss = outcome.journal->evaluations.back().loss;
  }
  return record;
}

}  // namespace windtunnel::experiment
