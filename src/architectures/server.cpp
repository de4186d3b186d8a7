#include "architectures/server.h"

#include <fmt/format.h>

#include "sim/combine.h"

namespace windtunnel::architectures {

using models::Phase;

void ServerConfig::describe(Fields& f) {
  f("machine", machine, "type of the machine that holds the model; `windtunnel list machines` names them");
  f("checkpoint_every", checkpoint_every, "rounds between two checkpoints to the object store; 0: none", {.min = 0});
}

Server::Server(Training& training, const ServerConfig& config, std::string_view name, Memory working_set)
    : training_(training),
      config_(config),
      actor_(training.journal.actors.id(name)),
      machine_(training.cloud.machines.rent(config.machine, actor_)),
      space_(training.open(std::string(name))),
      checkpoint_(training.initial_weights()) {
  if (machine_->memory() < working_set) {
    throw RunError(fmt::format("{}: out of memory: {} has {}, the job needs {}", name, config.machine,
                               format(machine_->memory()), format(working_set)));
  }
}

sim::Task<> Server::start() {
  co_await machine_->boot(context(Phase::boot));
  if (space_) space_->put(weights, checkpoint_);
}

sim::Task<std::optional<models::Crash>> Server::attempt(const std::function<sim::Task<>(std::int64_t)>& rounds) {
  std::optional<models::Crash> crash;
  try {
    if (!training_.faults.may_crash(target)) {
      co_await rounds(checkpoint_round_);
      co_return std::nullopt;
    }
    std::vector<sim::Task<>> race;
    race.push_back(rounds(checkpoint_round_));
    // The frames of both are gone before this one's, so the reference to `crash` holds.
    race.push_back([](Server& server, std::optional<models::Crash>& out) -> sim::Task<> {
      out = co_await server.training_.faults.next_crash(target, server.context(Phase::idle));
    }(*this, crash));
    co_await sim::any_of(training_.simulation, std::move(race));
  } catch (const Crashed& crashed) {
    crash = crashed.crash;
  }
  co_return crash;
}

sim::Task<> Server::run(std::function<sim::Task<>(std::int64_t)> rounds) {
  while (const auto crash = co_await attempt(rounds)) co_await recover(*crash);
}

void Server::begin_round(std::int64_t round) {
  round_ = round;
  if (auto crash = training_.faults.crash_at_round(target, context(Phase::idle, round))) throw Crashed{*crash};
}

sim::Task<> Server::recover(const models::Crash& crash) {
  const std::string_view name = training_.journal.actors.name(actor_);
  if (!crash.recover_after) {
    throw RunError(fmt::format("{} crashed in round {} and does not come back (no recover_after): training cannot go on",
                               name, round_));
  }
  const std::int64_t lost = round_ - checkpoint_round_;
  {
    const models::SpanScope span(training_.journal, training_.simulation, context(Phase::idle, round_));
    co_await training_.simulation.delay(*crash.recover_after);
  }
  co_await machine_->boot(context(Phase::boot, round_));
  {
    const models::SpanScope span(training_.journal, training_.simulation, context(Phase::restore, round_));
    if (checkpoint_round_ > 0) {
      co_await training_.cloud.objects.get(host(), training_.update_bytes(), context(Phase::restore, round_));
    }
    if (space_) space_->put(weights, checkpoint_);
  }
  training_.faults.recovered(target, context(Phase::restore, round_),
                             fmt::format("back to round {}, {} finished rounds lost", checkpoint_round_, lost));
}

sim::Task<> Server::end_round(std::int64_t round) {
  machine_->bill(context(Phase::idle, round));
  if (config_.checkpoint_every == 0 || (round + 1) % config_.checkpoint_every != 0) co_return;
  const models::Context saving = context(Phase::checkpoint, round);
  const models::SpanScope span(training_.journal, training_.simulation, saving);
  const Tensor saved = space_ ? space_->get(weights) : nullptr;
  co_await training_.cloud.objects.put(host(), training_.update_bytes(), saving);
  if (checkpoint_round_ > 0) training_.cloud.objects.erase(training_.update_bytes());
  checkpoint_ = saved;
  checkpoint_round_ = round + 1;
}

sim::Task<> Server::apply(Operation operation, models::Context context) {
  const models::SpanScope span(training_.journal, training_.simulation, context);
  const auto touched = training_.touched(operation);
  const Duration modelled = transfer_time(touched.read + touched.written, training_.cloud.config.compute.memory_bandwidth);
  RealWork work = training_.start([space = space_, operation] { space->run(operation); });
  const Duration duration = training_.lasting(work, modelled);
  co_await training_.simulation.delay(duration);
  work.finish();
}

void Server::release() { machine_->release(context(Phase::idle)); }

}  // namespace windtunnel::architectures
