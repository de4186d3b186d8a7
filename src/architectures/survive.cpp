#include "architectures/survive.h"

#include "sim/combine.h"

namespace windtunnel::architectures {
namespace {

sim::Task<> wait_for_crash(Training& training, models::Target target, models::Context context,
                           std::optional<models::Crash>& crash) {
  crash = co_await training.faults.next_crash(target, context);
}

}  // namespace

sim::Task<bool> survive(Training& training, models::Target target, models::Context context,
                        std::function<sim::Task<>()> work, CrashHooks hooks) {
  std::optional<models::Crash> crash = training.faults.crash_at_round(target, context);
  for (;;) {
    if (!crash && !training.faults.may_crash(target)) {
      co_await work();
      co_return true;
    }
    if (!crash) {
      std::vector<sim::Task<>> race;
      race.push_back(work());
      race.push_back(wait_for_crash(training, target, context, crash));
      if (co_await sim::any_of(training.simulation, std::move(race)) == 0) co_return true;
    }
    if (hooks.crashed) hooks.crashed();
    if (!crash->recover_after) co_return false;
    {
      const models::SpanScope span(training.journal, training.simulation, context.in(models::Phase::restore));
      co_await training.simulation.delay(*crash->recover_after);
      if (hooks.recovered) co_await hooks.recovered();
    }
    training.faults.recovered(target, context);
    crash.reset();
  }
}

}  // namespace windtunnel::architectures
