#include "architectures/worker.h"

#include <fmt/format.h>

namespace windtunnel::architectures {

using models::Phase;

Worker::Worker(Training& training, std::int64_t index, std::string_view machine_type)
    : t_(training), index_(index), name_(fmt::format("worker-{}", index)), actor_(training.journal.actors.id(name_)),
      site_(training.cloud.network.add_corner(name_)), memory_(training.open_memory(name_)),
      lifeline_(training, {models::TargetKind::worker, index}, actor_,
                {.crashed = {}, .recover = [this](models::Context context) -> sim::Task<std::string> {
                   if (machine_) {
                     co_await machine_->boot(context.in(Phase::boot));
                     co_await load();
                   }
                   co_return std::string();
                 }}) {
  if (!machine_type.empty()) {
    machine_ = t_.cloud.machines.rent(machine_type, actor_, site_);
    const Memory needed =
        t_.worker_memory(minibatches_at_once(Place(*machine_), t_.job.minibatches), true);
    if (machine_->memory() < needed) {
      throw RunError(fmt::format("{}: out of memory: {} has {}, the job needs {}", name_, machine_type,
                                 format(machine_->memory()), format(needed)));
    }
    return;
  }
  models::FunctionSpec spec = t_.cloud.config.function;
  spec.name = fmt::format("gradient[{}]", name_);
  spec.site = site_;
  spec.working_set = t_.worker_memory(minibatches_at_once(models::vcpus(spec.memory), t_.job.minibatches), false);
  function_ = t_.cloud.functions.deploy(std::move(spec));
}

sim::Task<> Worker::boot() {
  if (machine_) co_await machine_->boot(context(Phase::boot));
}

sim::Task<> Worker::load() {
  if (machine_) co_await t_.load_share(Place(*machine_), index_, context(Phase::fetch));
}

sim::Task<Worker::Outcome> Worker::work(models::Context context, std::function<sim::Task<>(Place)> round_work) {
  std::optional<std::string> why;
  try {
    const bool there =
        co_await lifeline_.run_with_recovery(context, [this, context, &round_work] { return attempt(context, round_work); });
    if (!there) co_return Outcome::lost;
  } catch (const models::Unreachable& error) {
    why = error.what();
  }
  if (!why) co_return Outcome::done;
  t_.journal.faults.push_back({actor_, "unreachable", context.round, t_.simulation.now(), *why});
  co_return Outcome::unreachable;
}

sim::Task<> Worker::attempt(models::Context context, const std::function<sim::Task<>(Place)>& round_work) {
  if (machine_) {
    co_await round_work(Place(*machine_));
    co_return;
  }
  co_await t_.cloud.functions.invoke(function_, context, {},
                                     [&round_work](models::Instance& instance) { return round_work(Place(instance)); });
}

sim::Task<Tensor> Worker::gradient(Place place, std::int64_t round) {
  Minibatches minibatches{.samples = {}, .from = memory_, .weights_key = weights};
  for (std::int64_t m = 0; m < t_.job.minibatches; ++m) minibatches.samples.push_back(t_.sample(index_, round, m));
  co_return co_await mean_gradient(t_, std::move(minibatches), place, context(Phase::compute, round));
}

void Worker::bill(std::int64_t round) {
  if (machine_) machine_->bill(context(Phase::rent, round));
}

void Worker::release() {
  if (machine_) machine_->release();
}

}  // namespace windtunnel::architectures
