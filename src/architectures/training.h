// Where the clock, the world and the tensors meet: what a protocol needs to train.
//
// Real work does not stop the clock: it begins on the pool when its step of the protocol begins, the clock goes on for the
// modelled duration, and only the end of the step waits for it (DESIGN 4). So a run uses all cores, and its events do not
// depend on how many there are. With measured timing the step waits at its beginning and lasts what was measured.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "aggregation/attack.h"
#include "aggregation/optimizer.h"
#include "architectures/cloud.h"
#include "architectures/job.h"
#include "architectures/tensors.h"
#include "base/thread_pool.h"
#include "learning/problem.h"
#include "models/adversary.h"
#include "models/faults.h"
#include "models/journal.h"
#include "sim/simulation.h"

namespace windtunnel::architectures {

/// Real work under way on the pool; empty where nothing is really computed. A process that is killed takes its work with
/// it: the destructor calls off what has not begun and waits for what has, so nothing of it is seen later.
class RealWork {
 public:
  RealWork() = default;
  /// `called_off` is looked at by the work before it begins.
  RealWork(std::future<Duration> future, std::shared_ptr<std::atomic<bool>> called_off)
      : future_(std::move(future)), called_off_(std::move(called_off)) {}
  RealWork(RealWork&&) = default;
  RealWork& operator=(RealWork&&) = delete;
  ~RealWork();

  bool real() const { return future_.valid() || measured_.has_value(); }
  /// Waits for the end and rethrows what went wrong. Idempotent.
  void finish();
  /// finish(), and how long the work took on this machine.
  Duration measured();

 private:
  std::future<Duration> future_;
  std::shared_ptr<std::atomic<bool>> called_off_;
  std::optional<Duration> measured_;
};

class Training;

/// Called after every round, on the simulation's thread. May throw to end the run.
using RoundObserver = std::function<void(const Training&)>;

class Training {
 public:
  struct Parts {
    sim::Simulation& simulation;
    models::Journal& journal;
    Cloud& cloud;
    models::FaultPlan& faults;
    const models::Adversary& adversary;
    const JobConfig& job;
    learning::Workload workload;
    std::shared_ptr<const learning::Problem> problem;  ///< null: nothing is really learnt
    TensorSpaces* tensors = nullptr;                   ///< null exactly when `problem` is
    ThreadPool* pool = nullptr;                        ///< null exactly when `problem` is
    Choice<aggregation::Attack> attack;
    Choice<aggregation::Optimizer> optimizer;
    RoundObserver observer;
  };
  explicit Training(Parts parts);

  sim::Simulation& simulation;
  models::Journal& journal;
  Cloud& cloud;
  models::FaultPlan& faults;
  const models::Adversary& adversary;
  const JobConfig& job;
  const learning::Workload workload;
  const Choice<aggregation::Optimizer> optimizer;

  // Tensors -----------------------------------------------------------------------------------------------------------
  bool real() const { return problem_ != nullptr; }
  Bytes update_bytes() const { return workload.update_bytes(); }
  /// What a worker reads of the data set for so many minibatches.
  Bytes samples_bytes(std::int64_t minibatches) const;
  /// A space for the named actor's tensors, where the scenario keeps them; null where nothing is real.
  std::shared_ptr<TensorSpace> open(const std::string& name) const;
  /// A space in the memory of a worker that has no database; null where nothing is real.
  std::shared_ptr<TensorSpace> open_memory(const std::string& name) const;
  Tensor initial_weights() const { return real() ? problem_->initial() : nullptr; }

  /// The part of the wall clock that `measured` timing takes for the duration.
  enum class Measure { thread, wall };
  /// Starts `work` on the pool; it owns what it uses. Nothing where nothing is real.
  template <class Job>
  RealWork start(Job work, Measure measure = Measure::wall) const {
    if (!real()) return {};
    return submit(std::function<void()>(std::move(work)), measure);
  }

  /// Gradient of the minibatch at the weights under `weights_key` of `from`, put under `key` of `to`.
  struct GradientJob {
    std::shared_ptr<TensorSpace> from;
    std::string weights_key;
    std::shared_ptr<TensorSpace> to;
    std::string key;
    learning::Sample sample;
  };
  RealWork start_gradient(GradientJob job) const;
  /// The minibatch's name, with the labels flipped when its worker poisons its data in that round.
  learning::Sample sample(std::int64_t worker, std::int64_t round, std::int64_t minibatch) const;
  /// What the worker sends in place of `own` in this round: `own` itself when it is honest.
  Tensor update_of(std::int64_t worker, std::int64_t round, Tensor own) const;
  bool forges(std::int64_t worker, std::int64_t round) const;

  // Time --------------------------------------------------------------------------------------------------------------
  /// How long the minibatch takes on processors `speed` times as fast as one reference core.
  Duration gradient_time(learning::Sample sample, double speed) const;
  /// Spends the time of computing, as a span of phase compute: `modelled`, or what `work` took divided by `speed`.
  struct Computing {
    Duration modelled{};
    double speed = 1;
  };
  sim::Task<> compute(RealWork& work, Computing computing, models::Context context);
  /// Runs `operation` inside the database and in the tensor space. An update takes effect when its time is over, so that a
  /// crash before leaves the model as it was. Spans are the caller's.
  sim::Task<> in_database(models::Database& database, models::HostId caller, std::shared_ptr<TensorSpace> space,
                          Operation operation, models::Context context);
  /// `modelled`, or what the work took when durations are measured, which waits for it.
  Duration lasting(RealWork& work, Duration modelled) const;
  /// Bytes of memory that an operation reads and writes.
  models::Database::Touched touched(const Operation& operation) const;
  bool measured() const { return job.timing == Timing::measured && real(); }

  // Progress ----------------------------------------------------------------------------------------------------------
  /// A model as it is after a round, and where.
  struct Model {
    std::int64_t round = 0;
    models::ActorId actor = 0;           ///< whose it is
    std::shared_ptr<TensorSpace> space;  ///< null where nothing is real
    std::string key;
  };
  /// Whether the model reaches the target accuracy; false without a target and in rounds that are not evaluated. Waits for
  /// the evaluation. Asked several times for one round it answers from the first evaluation.
  bool converged(const Model& model);
  /// Records the round, starts an evaluation when one is due (unless `converged` had it), tells the observer.
  void round_finished(const Model& model, std::int64_t participants);
  /// Evaluations under way come to their end and into the journal. To be called when the clock has stopped.
  void finish();

  std::int64_t rounds_finished() const { return rounds_finished_; }
  /// Quality of the latest evaluation that has come to its end.
  std::optional<learning::Quality> latest_quality() const;

 private:
  struct Evaluating {
    std::size_t row;
    std::future<learning::Quality> quality;
  };
  RealWork submit(std::function<void()> work, Measure measure) const;
  bool evaluation_due(std::int64_t round) const;
  void evaluate(const Model& model);
  void collect(bool all);

  std::shared_ptr<const learning::Problem> problem_;
  TensorSpaces* tensors_;
  std::unique_ptr<TensorSpaces> memory_ = local_tensors();
  ThreadPool* pool_;
  Choice<aggregation::Attack> attack_;
  RoundObserver observer_;
  std::vector<Evaluating> evaluating_;
  std::size_t evaluated_ = 0;
  std::int64_t rounds_finished_ = 0;
  sim::Time round_start_{};
  std::int64_t last_evaluated_round_ = -1;
};

}  // namespace windtunnel::architectures
