#include "architectures/training.h"

#include <ctime>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace windtunnel::architectures {
namespace {

Duration clock_now(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::chrono::seconds(t.tv_sec) + Duration(t.tv_nsec);
}

std::uint64_t index_of(const learning::Sample& sample) {
  return static_cast<std::uint64_t>(sample.worker) << 41 | static_cast<std::uint64_t>(sample.round) << 17 |
         static_cast<std::uint64_t>(sample.minibatch);
}

}  // namespace

RealWork::~RealWork() {
  if (!future_.valid()) return;
  *called_off_ = true;
  future_.wait();
}

void RealWork::finish() {
  if (future_.valid()) measured_ = future_.get();
}

Duration RealWork::measured() {
  finish();
  check(measured_.has_value(), "measured: real work");
  return *measured_;
}

Training::Training(Parts parts)
    : simulation(parts.simulation),
      journal(parts.journal),
      cloud(parts.cloud),
      faults(parts.faults),
      adversary(parts.adversary),
      job(parts.job),
      workload(parts.workload),
      optimizer(parts.optimizer),
      problem_(std::move(parts.problem)),
      tensors_(parts.tensors),
      pool_(parts.pool),
      attack_(parts.attack),
      observer_(std::move(parts.observer)) {
  check((problem_ == nullptr) == (tensors_ == nullptr) && (problem_ == nullptr) == (pool_ == nullptr),
        "Training: tensors and threads go with a problem");
}

Bytes Training::samples_bytes(std::int64_t minibatches) const {
  return workload.sample_bytes * (minibatches * job.batch_size);
}

std::shared_ptr<TensorSpace> Training::open(const std::string& name) const {
  return real() ? tensors_->open(name) : nullptr;
}

std::shared_ptr<TensorSpace> Training::open_memory(const std::string& name) const {
  return real() ? memory_->open(name) : nullptr;
}

RealWork Training::submit(std::function<void()> work, Measure measure) const {
  const clockid_t clock = measure == Measure::thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  auto called_off = std::make_shared<std::atomic<bool>>(false);
  auto future = pool_->submit([work = std::move(work), clock, called_off] {
    if (*called_off) return Duration{};
    const Duration start = clock_now(clock);
    work();
    return clock_now(clock) - start;
  });
  return {std::move(future), std::move(called_off)};
}

RealWork Training::start_gradient(GradientJob gradient) const {
  return start(
      [problem = problem_, g = std::move(gradient)] {
        const Tensor weights = g.from->get(g.weights_key);
        learning::Gradient result = problem->gradient(*weights, g.sample);
        g.to->put(g.key, std::make_shared<const std::vector<float>>(std::move(result.values)));
      },
      Measure::thread);
}

learning::Sample Training::sample(std::int64_t worker, std::int64_t round, std::int64_t minibatch) const {
  return {.worker = static_cast<int>(worker),
          .round = static_cast<int>(round),
          .minibatch = static_cast<int>(minibatch),
          .flip_labels = attack_->poisons_data() && adversary.lies(worker, round)};
}

bool Training::forges(std::int64_t worker, std::int64_t round) const {
  return real() && !attack_->poisons_data() && adversary.lies(worker, round);
}

Tensor Training::update_of(std::int64_t worker, std::int64_t round, Tensor own) const {
  if (!forges(worker, round)) return own;
  auto forged = std::make_shared<std::vector<float>>(own->size());
  attack_->forge({.honest = {}, .own = *own, .seed = simulation.seed(), .worker = worker, .round = round}, *forged);
  return forged;
}

Duration Training::gradient_time(learning::Sample sample, double speed) const {
  double seconds = workload.gradient_seconds(job.batch_size) / speed * faults.slowdown(sample.worker, sample.round);
  if (const double cv = cloud.config.compute.variation; cv > 0) {
    const double variance = std::log1p(cv * cv);
    sim::RandomStream stream = simulation.stream("compute", index_of(sample));
    seconds *= stream.lognormal(-variance / 2, std::sqrt(variance));
  }
  return from_seconds(seconds);
}

sim::Task<> Training::compute(RealWork& work, Computing computing, models::Context context) {
  const models::SpanScope span(journal, simulation, context.in(models::Phase::compute));
  Duration duration = computing.modelled;
  if (measured() && work.real()) duration = from_seconds(to_seconds(work.measured()) / computing.speed);
  co_await simulation.delay(duration);
  work.finish();
}

Duration Training::lasting(RealWork& work, Duration modelled) const {
  return measured() && work.real() ? work.measured() : modelled;
}

models::Database::Touched Training::touched(const Operation& operation) const {
  const Bytes row = update_bytes();
  if (const auto* aggregate = std::get_if<Aggregate>(&operation)) {
    return {.read = row * static_cast<std::int64_t>(aggregate->keys.size()), .written = row};
  }
  const int state = std::get<Update>(operation).optimizer->state_vectors();
  return {.read = row * (2 + state), .written = row * (1 + state)};
}

sim::Task<> Training::in_database(models::Database& database, models::HostId caller, std::shared_ptr<TensorSpace> space,
                                  Operation operation, models::Context context) {
  const Duration modelled = database.work(touched(operation));
  const auto run = [space, operation] { space->run(operation); };
  const bool at_the_end = std::holds_alternative<Update>(operation) && !measured();
  RealWork work = at_the_end ? RealWork() : start(run);
  const Duration duration = lasting(work, modelled);
  co_await database.command(caller, duration, context);
  if (at_the_end && real()) run();
  work.finish();
}

bool Training::evaluation_due(std::int64_t round) const {
  return real() && (round + 1 == job.rounds || (round + 1) % job.evaluate_every == 0);
}

// The weights are taken here and now: the next round may change them while the evaluation is under way.
void Training::evaluate(const Model& model) {
  if (last_evaluated_round_ == model.round) return;
  last_evaluated_round_ = model.round;
  const Tensor weights = model.space->get(model.key);
  journal.evaluations.push_back({.round = static_cast<std::int32_t>(model.round),
                                 .at = simulation.now(),
                                 .actor = model.actor,
                                 .loss = std::numeric_limits<double>::quiet_NaN(),
                                 .accuracy = std::numeric_limits<double>::quiet_NaN()});
  evaluating_.push_back({journal.evaluations.size() - 1,
                         pool_->submit([problem = problem_, weights] { return problem->evaluate(*weights); })});
}

bool Training::converged(const Model& model) {
  if (!job.target_accuracy || !evaluation_due(model.round)) return false;
  evaluate(model);
  collect(true);
  return journal.evaluations.back().accuracy >= *job.target_accuracy;
}

void Training::round_finished(const Model& model, std::int64_t participants) {
  const sim::Time now = simulation.now();
  journal.rounds.push_back({.round = static_cast<std::int32_t>(model.round),
                            .start = round_start_,
                            .end = now,
                            .participants = static_cast<std::int32_t>(participants)});
  round_start_ = now;
  rounds_finished_ = model.round + 1;
  if (evaluation_due(model.round)) evaluate(model);
  collect(false);
  if (observer_) observer_(*this);
}

void Training::collect(bool all) {
  using namespace std::chrono_literals;
  std::size_t done = 0;
  while (done < evaluating_.size() && (all || evaluating_[done].quality.wait_for(0s) == std::future_status::ready)) {
    const learning::Quality quality = evaluating_[done].quality.get();
    models::Evaluation& row = journal.evaluations[evaluating_[done].row];
    row.loss = quality.loss;
    row.accuracy = quality.accuracy;
    evaluated_ = evaluating_[done].row + 1;
    ++done;
  }
  evaluating_.erase(evaluating_.begin(), evaluating_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Training::finish() { collect(true); }

std::optional<learning::Quality> Training::latest_quality() const {
  if (evaluated_ == 0) return std::nullopt;
  const models::Evaluation& row = journal.evaluations[evaluated_ - 1];
  return learning::Quality{row.loss, row.accuracy};
}

}  // namespace windtunnel::architectures
