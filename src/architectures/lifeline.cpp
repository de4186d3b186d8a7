#include "architectures/lifeline.h"

#include "base/error.h"
#include "sim/combine.h"

namespace windtunnel::architectures {
namespace {

sim::Task<> next_crash(Training& training, models::Target target, models::Context context,
                       std::optional<models::Crash>& crash) {
  crash = co_await training.faults.next_crash(target, context);
}

}  // namespace

Lifeline::Lifeline(Training& training, models::Target target, models::ActorId actor, Hooks hooks)
    : t_(training), target_(target), actor_(actor), hooks_(std::move(hooks)), down_(training.simulation),
      settled_(training.simulation) {
  settled_.set();
}

void Lifeline::begin(sim::Scope& scope) {
  scope_ = &scope;
  if (t_.faults.may_crash(target_)) scope.spawn(by_the_clock(), "crashes");
}

sim::Task<> Lifeline::until_down() { co_await down_; }

sim::Task<> Lifeline::by_the_clock() {
  while (co_await until_up()) {
    std::optional<models::Crash> crash;
    std::vector<sim::Task<>> race;
    race.push_back(next_crash(t_, target_, context(), crash));
    race.push_back(until_down());  // a crash of its round came first
    co_await sim::any_of(t_.simulation, std::move(race));
    if (crash) go_down(*crash);
  }
}

void Lifeline::go_down(const models::Crash& crash) {
  up_ = false;
  settled_.reset();
  down_.set();
  if (hooks_.crashed) hooks_.crashed(crash);
  if (crash.recover_after) {
    scope_->spawn(recovery(*crash.recover_after), "recovery");
  } else {
    gone_ = true;
    settled_.set();
  }
}

void Lifeline::abandon() {
  up_ = false;
  gone_ = true;
  down_.set();
  settled_.set();
}

sim::Task<> Lifeline::recovery(Duration after) {
  std::string told;
  {
    const models::SpanScope span(t_.journal, t_.simulation, context().in(models::Phase::restore));
    co_await t_.simulation.delay(after);
    try {
      co_await recover(told);
    } catch (const RunError&) {
      failure_ = std::current_exception();
    }
  }
  if (failure_ || gone_) {
    gone_ = true;
  } else {
    t_.faults.recovered(target_, context(), told);
    up_ = true;
    down_.reset();
  }
  settled_.set();
}

// Whoever is cut off tries again until the network lets it.
sim::Task<> Lifeline::recover(std::string& told) {
  while (hooks_.recover) {
    bool unreachable = false;
    try {
      told = co_await hooks_.recover(context().in(models::Phase::restore));
    } catch (const models::Unreachable&) {
      unreachable = true;
    }
    if (!unreachable) co_return;
    co_await t_.simulation.delay(std::chrono::seconds(1));
  }
}

sim::Task<bool> Lifeline::until_up() {
  while (!up_ && !gone_) co_await settled_;
  if (failure_) std::rethrow_exception(failure_);
  co_return up_;
}

bool Lifeline::strike(std::int32_t round) {
  round_ = round;
  const auto crash = t_.faults.crash_at_round(target_, context());
  if (crash) go_down(*crash);
  return crash.has_value();
}

sim::Task<> Lifeline::enter(std::int32_t round) {
  if (!strike(round)) co_return;
  sim::Event killed(t_.simulation);
  co_await killed;  // run_with_recovery() ends this work, for which the victim has gone down
}

sim::Task<bool> Lifeline::run_with_recovery(models::Context context, std::function<sim::Task<>()> work) {
  check(scope_ != nullptr, "Lifeline: begin() comes first");
  while (co_await until_up()) {
    if (!t_.faults.concerns(target_)) {
      co_await work();
      co_return true;
    }
    std::vector<sim::Task<>> race;
    race.push_back(entered(context.round, work));
    race.push_back(until_down());
    if (co_await sim::any_of(t_.simulation, std::move(race)) == 0) co_return true;
  }
  co_return false;
}

// A crash of the round comes before the round's work.
sim::Task<> Lifeline::entered(std::int32_t round, const std::function<sim::Task<>()>& work) {
  co_await enter(round);
  co_await work();
}

}  // namespace windtunnel::architectures
