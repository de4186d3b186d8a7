// Where the clock, the world and the tensors meet: what a protocol needs to train.
//
// Real work does not stop the clock: it begins on the pool when its step of the protocol begins, the clock goes on for the
// modelled duration, and only the end of the step waits for it (DESIGN 4). So a run uses all cores, and its events do not
// depend on how many there are. With measured timing the step waits at its beginning and lasts what was measured.
//
// Equal terms: each step that architectures have in common (reading samples, encoding, gradients, arithmetic on tensors,
// evaluation) is here once, takes its time and costs its money here, and every protocol calls it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aggregation/attack.h"
#include "aggregation/optimizer.h"
#include "architectures/cloud.h"
#include "architectures/job.h"
#include "architectures/place.h"
#include "architectures/real_work.h"
#include "architectures/tensors.h"
#include "base/thread_pool.h"
#include "learning/problem.h"
#include "models/adversary.h"
#include "models/faults.h"
#include "models/journal.h"
#include "sim/simulation.h"

namespace windtunnel::architectures {

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
    bool weighted = false;  ///< the rule is a mean of updates, which counts samples where the job says so
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

  const Choice<aggregation::Attack>& attack() const { return attack_; }
  const ComputeConfig& computing() const { return cloud.config.compute; }

  // Tensors -----------------------------------------------------------------------------------------------------------
  bool real() const { return problem_ != nullptr; }
  Bytes update_bytes() const { return workload.update_bytes(); }
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
  /// The minibatch's gradient at the weights under `weights_key` of `from`, weighted as its worker counts, to `done`, which
  /// is called on the pool.
  struct GradientJob {
    std::shared_ptr<TensorSpace> from;
    std::string weights_key;
    learning::Sample sample;
  };
  RealWork start_gradient(GradientJob job, std::function<void(Tensor)> done) const;
  /// The minibatch's name, with the labels flipped when its worker poisons its data in that round.
  learning::Sample sample(std::int64_t worker, std::int64_t round, std::int64_t minibatch) const;
  /// Whether the worker sends in this round what it likes in place of its update.
  bool forges(std::int64_t worker, std::int64_t round) const;

  // Steps that all have in common, each a span of `context` in the phase named -------------------------------------------
  /// Reads samples from the object store (fetch): those of `minibatches` of one worker; or, where functions keep their data
  /// while they are warm, the worker's whole share on an instance that has not got it yet. A machine loads its share once,
  /// see load_share.
  sim::Task<> read_samples(Place place, std::int64_t worker, std::int64_t minibatches, models::Context context);
  /// Reads the worker's whole share of the data set (fetch).
  sim::Task<> load_share(Place place, std::int64_t worker, models::Context context);
  /// Tensors into messages and back, on one thread (encode).
  sim::Task<> encode(Place place, std::int64_t tensors, models::Context context);
  sim::Task<> decode(Place place, std::int64_t tensors, models::Context context);
  /// Arithmetic on tensors, on one thread; no span: it is part of an average, an aggregation, an update.
  sim::Task<> calculate(Place place, Duration core_time);
  /// Measures the model on the test data (evaluate); it must be there already.
  sim::Task<> evaluate_at(Place place, models::Context context);
  /// Reads the test data (fetch), unless the instance keeps it.
  sim::Task<> load_test_data(Place place, models::Context context);

  // Time --------------------------------------------------------------------------------------------------------------
  /// How long the minibatch takes on `vcpus` of the place's processors, on its `attempt`-th further try.
  Duration gradient_time(const learning::Sample& sample, const Place& place, double vcpus) const;
  /// Spends the time of a gradient: `modelled`, or what `work` took, divided by the speed of so many vCPUs.
  sim::Task<> spend(RealWork& work, Duration modelled, Place place, double vcpus);
  /// What the operation reads, writes and calculates, by the rule's or the optimizer's own account.
  aggregation::Work work_of(const Operation& operation) const;
  /// The same on one reference core.
  Duration core_time(const Operation& operation) const { return computing().arithmetic(work_of(operation)); }
  /// Runs `operation` inside the database, which takes `modelled`, and in the tensor space. An update takes effect when its
  /// time is over, so that a crash before leaves the model as it was. Spans are the caller's.
  sim::Task<> in_database(models::Database& database, models::HostId caller, std::shared_ptr<TensorSpace> space,
                          Operation operation, Duration modelled, models::Context context);
  /// `modelled`, or what the work took when durations are measured, which waits for it.
  Duration lasting(RealWork& work, Duration modelled) const;
  bool measured() const { return job.timing == Timing::measured && real(); }

  // Memory ------------------------------------------------------------------------------------------------------------
  /// What a worker needs for `at_once` minibatches at a time, with its share of the data where it keeps that.
  Memory worker_memory(std::int64_t at_once, bool keeps_share) const;
  Bytes share_bytes(std::int64_t worker) const;

  // Progress ----------------------------------------------------------------------------------------------------------
  /// All that is rented has started.
  void begin();
  /// A model as it is after a round, and where.
  struct Model {
    std::int64_t round = 0;
    models::ActorId actor = 0;           ///< whose it is
    std::shared_ptr<TensorSpace> space;  ///< null where nothing is real
    std::string key;
  };
  /// Whether somebody must look at the model after this round because a target may be reached.
  bool decision_due(std::int64_t round) const { return job.target_accuracy.has_value() && evaluation_due(round); }
  /// Whether the model reaches the target accuracy; false without a target and in rounds that are not evaluated. Waits for
  /// the evaluation. Asked several times for one round it answers from the first evaluation.
  bool converged(const Model& model);
  /// Records the round, starts an evaluation when one is due (unless `converged` had it), tells the observer.
  void round_finished(const Model& model, std::int64_t participants);
  /// Evaluations under way come to their end and into the journal. To be called when the clock has stopped, on every path.
  void finish();

  /// Rounds of the job that are done: those that a crash undid do not count until they are done again.
  std::int64_t rounds_finished() const { return rounds_finished_; }
  /// All rounds are done, or the target is reached.
  bool complete() const { return rounds_finished_ >= job.rounds || reached_; }
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
  float weight_of(std::int64_t worker) const;

  std::shared_ptr<const learning::Problem> problem_;
  TensorSpaces* tensors_;
  std::unique_ptr<TensorSpaces> memory_ = local_tensors();
  ThreadPool* pool_;
  Choice<aggregation::Attack> attack_;
  bool weighted_;
  RoundObserver observer_;
  std::vector<Evaluating> evaluating_;
  std::size_t evaluated_ = 0;
  std::int64_t rounds_finished_ = 0;
  bool reached_ = false;
  sim::Time round_start_{};
  std::int64_t last_evaluated_round_ = -1;
};

}  // namespace windtunnel::architectures
