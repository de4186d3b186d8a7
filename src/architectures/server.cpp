#include "architectures/server.h"

#include <fmt/format.h>

namespace windtunnel::architectures {

using models::Phase;

void ServerConfig::describe(Fields& f) {
  f("machine", machine, "type of the machine that holds the model; `windtunnel list machines` names them");
  f("checkpoint_every", checkpoint_every, "rounds between two checkpoints to the object store; 0: none", {.min = 0});
}

Server::Server(Training& training, const ServerConfig& config, std::string_view name, Memory working_set)
    : t_(training),
      config_(config),
      actor_(training.journal.actors.id(name)),
      machine_(training.cloud.machines.rent(config.machine, actor_)),
      space_(training.open(std::string(name))),
      lifeline_(training, {models::TargetKind::server, 0}, actor_,
                {.crashed = {}, .recover = [this](models::Context context) { return recover(context); }}),
      thread_(training.simulation, 1),
      checkpoint_(training.initial_weights()) {
  if (machine_->memory() < working_set) {
    throw RunError(fmt::format("{}: out of memory: {} has {}, the job needs {}", name, config.machine,
                               format(machine_->memory()), format(working_set)));
  }
}

sim::Task<> Server::boot() {
  co_await machine_->boot(context(Phase::boot));
  if (space_) space_->put(weights, checkpoint_);
}

sim::Task<> Server::run(std::function<sim::Task<>(std::int64_t)> rounds) {
  const bool there =
      co_await lifeline_.run_with_recovery(context(Phase::idle), [this, &rounds] { return rounds(checkpoint_round_); });
  if (!there) {
    throw RunError(fmt::format("{} crashed in round {} and does not come back (no recover_after): training cannot go on",
                               t_.journal.actors.name(actor_), round_));
  }
}

sim::Task<> Server::begin_round(std::int64_t round) {
  round_ = round;
  co_await lifeline_.enter(static_cast<std::int32_t>(round));
}

sim::Task<std::string> Server::recover(models::Context context) {
  const std::int64_t lost = round_ - checkpoint_round_;
  co_await machine_->boot(context.in(Phase::boot));
  has_test_data_ = false;
  if (checkpoint_round_ > 0) {
    co_await t_.cloud.objects.get(host(), t_.update_bytes(), context);
    co_await t_.decode(place(), 1, context);
  }
  if (space_) space_->put(weights, checkpoint_);
  co_return fmt::format("back to round {}, {} finished rounds lost", checkpoint_round_, lost);
}

sim::Task<bool> Server::end_round(std::int64_t round) {
  co_await checkpoint(round);
  const bool done = co_await reaches_target(round);
  machine_->bill(context(Phase::rent, round));
  co_return done;
}

sim::Task<> Server::checkpoint(std::int64_t round) {
  if (config_.checkpoint_every == 0 || (round + 1) % config_.checkpoint_every != 0) co_return;
  const models::Context saving = context(Phase::checkpoint, round);
  const models::SpanScope span(t_.journal, t_.simulation, saving);
  const Tensor saved = space_ ? space_->get(weights) : nullptr;
  co_await t_.encode(place(), 1, saving);
  co_await t_.cloud.objects.put(host(), t_.update_bytes(), saving);
  if (checkpoint_round_ > 0) t_.cloud.objects.erase(t_.update_bytes());
  checkpoint_ = saved;
  checkpoint_round_ = round + 1;
}

// The test data are read once and stay on the machine.
sim::Task<bool> Server::reaches_target(std::int64_t round) {
  if (!t_.decision_due(round)) co_return false;
  if (!has_test_data_) co_await t_.load_test_data(place(), context(Phase::fetch, round));
  has_test_data_ = true;
  co_await t_.evaluate_at(place(), context(Phase::evaluate, round));
  co_return t_.converged(model(round));
}

sim::Task<> Server::receive(std::int64_t round) {
  const sim::Lease turn = co_await thread_.acquire();
  co_await t_.decode(place(), 1, context(Phase::encode, round));
}

sim::Task<> Server::receive_and_apply(std::int64_t round, Operation operation, std::function<void()> update) {
  const sim::Lease turn = co_await thread_.acquire();
  co_await t_.decode(place(), 1, context(Phase::encode, round));
  const models::SpanScope span(t_.journal, t_.simulation, context(Phase::update, round));
  co_await t_.calculate(place(), t_.core_time(operation));
  update();
  co_await t_.encode(place(), 1, context(Phase::encode, round));
}

sim::Task<> Server::publish(std::int64_t round) {
  const sim::Lease turn = co_await thread_.acquire();
  co_await t_.encode(place(), 1, context(Phase::encode, round));
}

sim::Task<> Server::apply(Operation operation, models::Context context) {
  const sim::Lease turn = co_await thread_.acquire();
  const models::SpanScope span(t_.journal, t_.simulation, context);
  const Duration modelled = t_.core_time(operation);
  RealWork work = t_.start([space = space_, operation] { space->run(operation); });
  co_await t_.calculate(place(), t_.lasting(work, modelled));
  work.finish();
}

}  // namespace windtunnel::architectures
