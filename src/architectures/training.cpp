#include "architectures/training.h"

#include <fmt/format.h>

#include <ctime>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interruption.h"

namespace windtunnel::architectures {
namespace {

using models::Phase;

Duration clock_now(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::chrono::seconds(t.tv_sec) + Duration(t.tv_nsec);
}

std::uint64_t index_of(const learning::Sample& sample) {
  return static_cast<std::uint64_t>(sample.worker) << 41 | static_cast<std::uint64_t>(sample.round) << 17 |
         static_cast<std::uint64_t>(sample.minibatch);
}

Bytes times(Bytes each, std::int64_t n) { return each * n; }

}  // namespace

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
      weighted_(parts.weighted),
      observer_(std::move(parts.observer)) {
  check((problem_ == nullptr) == (tensors_ == nullptr) && (problem_ == nullptr) == (pool_ == nullptr),
        "Training: tensors and threads go with a problem");
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
  // Whoever may end this thread's work (the run's) may end what it has given to others.
  const Watch watch = current_watch() != nullptr ? *current_watch() : Watch{};
  auto future = pool_->submit([work = std::move(work), clock, called_off, watch] {
    const Watched watched(watch ? &watch : nullptr);
    if (*called_off) return Duration{};
    interruption_point();
    const Duration start = clock_now(clock);
    work();
    return clock_now(clock) - start;
  });
  return {std::move(future), std::move(called_off)};
}

// n_i / N of all samples, in units of an equal share: a plain mean of updates that are scaled so is the weighted mean.
float Training::weight_of(std::int64_t worker) const {
  if (!weighted_ || job.weights == Weighting::equal || !real()) return 1;
  double all = 0;
  for (std::int64_t w = 0; w < job.workers; ++w) all += static_cast<double>(problem_->samples_of(static_cast<int>(w)));
  const auto own = static_cast<double>(problem_->samples_of(static_cast<int>(worker)));
  return static_cast<float>(own * static_cast<double>(job.workers) / all);
}

RealWork Training::start_gradient(GradientJob gradient, std::function<void(Tensor)> done) const {
  if (!real()) return {};
  return start(
      [problem = problem_, weight = weight_of(gradient.sample.worker), g = std::move(gradient), done = std::move(done)] {
        const Tensor weights = g.from->get(g.weights_key);
        learning::Gradient result = problem->gradient(*weights, g.sample);
        if (weight != 1) {
          for (float& value : result.values) value *= weight;
        }
        done(std::make_shared<const std::vector<float>>(std::move(result.values)));
      },
      Measure::thread);
}

learning::Sample Training::sample(std::int64_t worker, std::int64_t round, std::int64_t minibatch) const {
  return {.worker = static_cast<int>(worker),
          .round = static_cast<int>(round),
          .minibatch = static_cast<int>(minibatch),
          .poison = attack_->poisons_data() && adversary.is_byzantine(worker, round) ? &*attack_ : nullptr};
}

bool Training::forges(std::int64_t worker, std::int64_t round) const {
  return real() && !attack_->poisons_data() && adversary.is_byzantine(worker, round);
}

// Steps --------------------------------------------------------------------------------------------------------------

Bytes Training::share_bytes(std::int64_t worker) const {
  const std::int64_t samples = real() ? problem_->samples_of(static_cast<int>(worker))
                                                      : (workload.samples + job.workers - 1) / job.workers;
  return times(workload.sample_bytes, samples);
}

sim::Task<> Training::load_share(Place place, std::int64_t worker, models::Context context) {
  const models::SpanScope span(journal, simulation, context.in(Phase::fetch));
  co_await cloud.objects.get(place.host, share_bytes(worker), context.in(Phase::fetch));
}

sim::Task<> Training::read_samples(Place place, std::int64_t worker, std::int64_t minibatches, models::Context context) {
  if (place.machine != nullptr) co_return;
  Bytes wanted = times(workload.sample_bytes, minibatches * job.batch_size);
  if (cloud.config.function_data == FunctionData::while_warm) {
    const Bytes share = share_bytes(worker);
    if (place.instance->kept() >= share) co_return;
    wanted = share - place.instance->kept();
    place.instance->require(worker_memory(1, true));
  }
  const models::SpanScope span(journal, simulation, context.in(Phase::fetch));
  co_await cloud.objects.get(place.host, wanted, context.in(Phase::fetch));
  if (cloud.config.function_data == FunctionData::while_warm) place.instance->kept() += wanted;
}

sim::Task<> Training::calculate(Place place, Duration core_time) {
  if (place.machine != nullptr) {
    co_await place.machine->compute(core_time, 1);
  } else {
    co_await simulation.delay(from_seconds(to_seconds(core_time) / ComputeConfig::thread_speed(place.vcpus)));
  }
}

sim::Task<> Training::encode(Place place, std::int64_t tensors, models::Context context) {
  const models::SpanScope span(journal, simulation, context.in(Phase::encode));
  co_await calculate(place, transfer_time(times(update_bytes(), tensors), computing().encode));
}

sim::Task<> Training::decode(Place place, std::int64_t tensors, models::Context context) {
  const models::SpanScope span(journal, simulation, context.in(Phase::encode));
  co_await calculate(place, transfer_time(times(update_bytes(), tensors), computing().decode));
}

sim::Task<> Training::load_test_data(Place place, models::Context context) {
  const Bytes size = times(workload.sample_bytes, workload.test_samples);
  if (place.instance != nullptr) {
    if (place.instance->kept() >= size && cloud.config.function_data == FunctionData::while_warm) co_return;
  }
  const models::SpanScope span(journal, simulation, context.in(Phase::fetch));
  co_await cloud.objects.get(place.host, size, context.in(Phase::fetch));
  if (place.instance != nullptr) place.instance->kept() += size;
}

sim::Task<> Training::evaluate_at(Place place, models::Context context) {
  const models::SpanScope span(journal, simulation, context.in(Phase::evaluate));
  const double seconds = workload.evaluation_seconds();
  if (place.has_gpu()) {
    // Forward only; the launch overhead once for each batch of the job's size.
    const std::int64_t batches = (workload.test_samples + job.batch_size - 1) / job.batch_size;
    const Duration all = computing().on_gpu(place.machine->type(), workload, workload.test_samples);
    const Duration arithmetic = all - computing().gpu_launch_overhead;
    co_await simulation.delay(from_seconds(to_seconds(arithmetic) * workload.forward_share) +
                              computing().gpu_launch_overhead * batches);
    co_return;
  }
  const Duration time = from_seconds(seconds / computing().speed(place.vcpus, workload));
  if (place.machine != nullptr) {
    co_await place.machine->compute(time, place.vcpus);
  } else {
    co_await simulation.delay(time);
  }
}

// Time ---------------------------------------------------------------------------------------------------------------

Duration Training::gradient_time(const learning::Sample& sample, const Place& place, double vcpus) const {
  double seconds = place.has_gpu() ? to_seconds(computing().on_gpu(place.machine->type(), workload, job.batch_size))
                                   : workload.gradient_seconds(job.batch_size) / computing().speed(vcpus, workload);
  seconds *= faults.slowdown(sample.worker, sample.round);
  if (const double cv = computing().variation; cv > 0) {
    const double variance = std::log1p(cv * cv);
    sim::RandomStream stream =
        place.attempt() == 0 ? simulation.stream("compute", index_of(sample))
                             : simulation.stream(fmt::format("compute, try {}", place.attempt()), index_of(sample));
    seconds *= stream.lognormal(-variance / 2, std::sqrt(variance));
  }
  return from_seconds(seconds);
}

sim::Task<> Training::spend(RealWork& work, Duration modelled, Place place, double vcpus) {
  Duration duration = modelled;
  if (measured() && work.real()) {
    duration = from_seconds(to_seconds(work.measured()) / computing().speed(vcpus, workload));
  }
  if (place.machine != nullptr && !place.has_gpu()) {
    co_await place.machine->compute(duration, vcpus);
  } else {
    co_await simulation.delay(duration);
  }
  work.finish();
}

Duration Training::lasting(RealWork& work, Duration modelled) const {
  return measured() && work.real() ? work.measured() : modelled;
}

aggregation::Work Training::work_of(const Operation& operation) const {
  if (const auto* aggregate = std::get_if<Aggregate>(&operation)) {
    return aggregate->rule->work(static_cast<std::int64_t>(aggregate->keys.size()), workload.parameters);
  }
  return std::get<Update>(operation).optimizer->work(workload.parameters);
}

sim::Task<> Training::in_database(models::Database& database, models::HostId caller, std::shared_ptr<TensorSpace> space,
                                  Operation operation, Duration modelled, models::Context context) {
  const auto run = [space, operation] { space->run(operation); };
  const bool at_the_end = std::holds_alternative<Update>(operation) && !measured();
  RealWork work = at_the_end ? RealWork() : start(run);
  const Duration duration = lasting(work, modelled);
  co_await database.command(caller, duration, context);
  if (at_the_end && real()) run();
  work.finish();
}

// Memory -------------------------------------------------------------------------------------------------------------

Memory Training::worker_memory(std::int64_t at_once, bool keeps_share) const {
  Memory needed = computing().working_set(workload, job.batch_size, at_once);
  if (keeps_share) needed.mb += share_bytes(0).count >> 20;
  return needed;
}

// Progress -----------------------------------------------------------------------------------------------------------

void Training::begin() {
  journal.begin_training(simulation.now());
  round_start_ = simulation.now();
}

bool Training::evaluation_due(std::int64_t round) const {
  return real() && (round + 1 == job.rounds || (round + 1) % job.evaluate_every == 0);
}

// The weights are taken here and now: the next round may change them while the evaluation is under way.
void Training::evaluate(const Model& model) {
  if (last_evaluated_round_ == model.round) return;
  last_evaluated_round_ = model.round;
  const Tensor weights = model.space->get(model.key);
  const Watch watch = current_watch() != nullptr ? *current_watch() : Watch{};
  journal.evaluations.push_back({.round = static_cast<std::int32_t>(model.round),
                                 .at = simulation.now(),
                                 .actor = model.actor,
                                 .loss = std::numeric_limits<double>::quiet_NaN(),
                                 .accuracy = std::numeric_limits<double>::quiet_NaN()});
  evaluating_.push_back({journal.evaluations.size() - 1,
                         pool_->submit([problem = problem_, weights, watch] {
                           const Watched watched(watch ? &watch : nullptr);
                           interruption_point();
                           return problem->evaluate(*weights);
                         })});
}

bool Training::converged(const Model& model) {
  if (!decision_due(model.round)) return false;
  evaluate(model);
  collect(true);
  reached_ = journal.evaluations.back().accuracy >= *job.target_accuracy;
  return reached_;
}

void Training::round_finished(const Model& model, std::int64_t participants) {
  const sim::Time now = simulation.now();
  journal.finished({.round = static_cast<std::int32_t>(model.round),
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
