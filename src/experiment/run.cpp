#include "experiment/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "architectures/architecture.h"
#include "base/error.h"
#include "experiment/guard.h"
#include "experiment/identity.h"
#include "experiment/run_figures.h"
#include "store/databases.h"

namespace windtunnel::experiment {
namespace {

using scenario::Document;
using scenario::Point;
using scenario::Scenario;

learning::Plan plan_of(const Point& point) {
  const architectures::JobConfig& job = point.scenario.job;
  return {.workers = static_cast<int>(job.workers),
          .minibatches = static_cast<int>(job.minibatches),
          .batch = job.batch_size,
          .seed = point.seed,
          .pooled = !point.scenario.architecture->uses(job).workers_apart};
}

/// A table's cell holds one line.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Shows the run on the board, and ends it when a person says so. Cost is a sum over the ledger, so it is taken at most
/// ten times a second.
class Watcher {
 public:
  Watcher(Workshop& workshop, Guard& guard, std::int64_t run_id, std::string name)
      : workshop_(workshop), guard_(guard), run_id_(run_id), name_(std::move(name)) {}

  void operator()(const architectures::Training& training) {
    guard_.look();
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
  Guard& guard_;
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

}  // namespace

std::shared_ptr<const learning::Problem> Problems::of(const Point& point) {
  const learning::Plan plan = plan_of(point);
  const std::string key =
      fmt::format("{}|{}|{}|{}|{}|{}", nlohmann::json::parse(point.canonical_json).at("learning").dump(), plan.workers,
                  plan.minibatches, plan.batch, plan.seed, plan.pooled);
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    // Slots that nobody waits at, of problems that nobody holds.
    std::erase_if(slots_, [](const auto& entry) {
      return entry.second.use_count() == 1 && entry.second->problem.expired();
    });
    auto& found = slots_[key];
    if (!found) found = std::make_shared<Slot>();
    slot = found;
  }
  const std::lock_guard lock(slot->mutex);
  std::shared_ptr<const learning::Problem> problem = slot->problem.lock();
  if (!problem) slot->problem = problem = point.scenario.learning->problem(plan, shelf_);
  return problem;
}

std::string title(const Document& document, const Point& point) {
  std::string text = point.variant.empty() ? document.name : point.variant;
  if (const std::string label = point_label(point); !label.empty()) text += " · " + label;
  if (document.replications > 1) text += fmt::format(" · #{}", point.replication);
  return text;
}

namespace {

void simulate(const Document& document, const Point& point, std::int64_t run_id, Workshop& workshop,
              const std::shared_ptr<const learning::Problem>& problem, const Tensors& tensors, Outcome& outcome) {
  const Scenario& s = point.scenario;
  models::Journal& journal = *outcome.journal;
  sim::Simulation simulation(point.seed);
  Guard guard(simulation, s.limits, workshop.stop);
  architectures::Cloud cloud(simulation, journal, s.cloud);
  const architectures::Uses uses = s.architecture->uses(s.job);
  models::FaultPlan faults(simulation, journal, s.faults,
                           {.workers = s.job.workers,
                            .databases = uses.database ? s.job.workers : 0,
                            .server = uses.server,
                            .newcomers = uses.newcomers,
                            .rounds = s.job.rounds});
  const models::Adversary adversary(s.adversary.who, s.job.workers, point.seed);
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
                                    .weighted = uses.workers_apart && (uses.rule == nullptr ||
                                                                       (*uses.rule)->takes_weighted_rows()),
                                    .observer = Watcher(workshop, guard, run_id, title(document, point))});
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
  } catch (const Interrupted&) {
    throw;
  } catch (...) {
    // Evaluations that had begun come to their end here too: what a run leaves behind must not hang on how far they were.
    try {
      training.finish();
    } catch (const std::exception&) {  // the first thing that went wrong is what is told
    }
    settle();
    throw;
  }
  training.finish();
  settle();
}

// Why a run that came to its end by itself is not done; empty when it is.
std::string what_is_missing(const Scenario& s, const models::Journal& journal) {
  const std::int64_t rounds = finished_rounds(journal);
  if (rounds >= s.job.rounds) return "";
  const bool reached = s.job.target_accuracy && !journal.evaluations.empty() &&
                       journal.evaluations.back().accuracy >= *s.job.target_accuracy;
  if (reached) return "";
  std::string why = "nothing went on";
  if (!journal.faults.empty()) {
    const models::FaultEvent& last = journal.faults.back();
    why = fmt::format("after {} ({}) at {} nothing went on", last.kind, journal.actors.name(last.actor),
                      format(last.at.time_since_epoch()));
  }
  return fmt::format("did {} of {} rounds: {}", rounds, s.job.rounds, why);
}

}  // namespace

Outcome run_point(const Document& document, const Point& point, std::int64_t run_id, Workshop& workshop) {
  const Scenario& s = point.scenario;
  const Watch watch = watch_of(workshop.stop);
  const Watched watched(&watch);
  workshop.board.update(run_id, {.name = title(document, point), .round = 0, .rounds = s.job.rounds,
                                 .simulated = {}, .cost = {}, .accuracy = std::nullopt});
  Outcome outcome;
  check(s.sheet != nullptr, "run_point: a loaded scenario, with its price sheet");
  outcome.journal = std::make_unique<models::Journal>(*s.sheet);
  if (workshop.detail == Detail::summary) outcome.journal->keep_sums_only();
  bool begun = false;
  const auto ends = [&outcome](Status status, std::string reason) {
    outcome.status = status;
    outcome.reason = one_line(std::move(reason));
  };
  try {
    const std::shared_ptr<const learning::Problem> problem = workshop.problems.of(point);
    if (workshop.data != nullptr) workshop.data->require_unchanged(s.learning->data_files());
    const Tensors tensors(s, problem != nullptr);
    if (tensors.databases) {
      for (const std::string& place : tensors.databases->places()) {
        workshop.board.note(fmt::format("{}: tensors in {}", title(document, point), place));
      }
    }
    begun = true;
    simulate(document, point, run_id, workshop, problem, tensors, outcome);
    if (std::string missing = what_is_missing(s, *outcome.journal); !missing.empty()) {
      ends(Status::infeasible, std::move(missing));
    }
  } catch (const Interrupted&) {
    throw;
  } catch (const architectures::StoreError& error) {
    ends(Status::failed, error.what());
  } catch (const EndlessError& error) {
    ends(Status::failed, error.what());
  } catch (const ClockError& error) {
    ends(Status::failed, error.what());
  } catch (const RunError& error) {
    ends(begun ? Status::infeasible : Status::failed, error.what());
  } catch (const Error& error) {
    if (!begun) throw;  // bad input, or something is missing on this machine: no other point will do better
    ends(Status::failed, error.what());
  } catch (const std::bad_alloc&) {
    ends(Status::failed, "out of memory on this machine");
    outcome.machine_too_small = true;
  } catch (const std::exception& error) {
    ends(Status::failed, fmt::format("a bug of Windtunnel's, please report it: {}", error.what()));
  }
  return outcome;
}

RunRecord record_of(const Point& point, const RunIdentity& identity, const Outcome& outcome) {
  RunRecord record;
  static_cast<RunIdentity&>(record) = identity;
  record.status = outcome.status;
  record.reason = outcome.reason;
  record.rounds_planned = point.scenario.job.rounds;
  record.target_accuracy = point.scenario.job.target_accuracy;
  const learning::Workload workload = point.scenario.learning->workload();
  record.parameters = workload.parameters;
  record.samples = workload.samples;
  record.sample_bytes = workload.sample_bytes.count;
  record.classes = workload.classes;
  record.ended = outcome.ended;
  record.trajectory = outcome.trajectory;
  record.journal = outcome.journal.get();
  if (!outcome.journal->evaluations.empty()) {
    record.accuracy = outcome.journal->evaluations.back().accuracy;
    record.loss = outcome.journal->evaluations.back().loss;
  }
  return record;
}

}  // namespace windtunnel::experiment
