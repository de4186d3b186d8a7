// Checks WakeUp: before and after the wait, killed while it waits and between the waking and the going on. Does not check
// several waiters, which it does not have (Event has).
#include "sim/wake_up.h"

#include <gtest/gtest.h>

#include <optional>

#include "sim/process.h"

namespace windtunnel::sim {
namespace {

using namespace std::chrono_literals;

Task<> wait_for(Simulation& simulation, WakeUp& wake_up, std::optional<Time>& woken) {
  co_await wake_up;
  woken = simulation.now();
}

Task<> wake(Simulation& simulation, WakeUp& wake_up, Duration after) {
  co_await simulation.delay(after);
  wake_up.set();
  wake_up.set();
}

TEST(WakeUpTest, GoesOnWhenItIsSetAndAtOnceWhenItWas) {
  Simulation simulation;
  WakeUp wake_up(simulation);
  std::optional<Time> waited, late;
  simulation.spawn(wait_for(simulation, wake_up, waited));
  simulation.spawn(wake(simulation, wake_up, 5ns));
  simulation.run();
  EXPECT_EQ(waited, Time(5ns));
  EXPECT_TRUE(wake_up.is_set());
  const std::uint64_t before = simulation.events();
  simulation.spawn(wait_for(simulation, wake_up, late));
  simulation.run();
  EXPECT_EQ(late, Time(5ns));
  EXPECT_EQ(simulation.events(), before + 1);  // its start
}

TEST(WakeUpTest, AKilledProcessDoesNotGoOnWhetherItWasWokenOrNot) {
  for (const bool is_woken_first : {false, true}) {
    Simulation simulation;
    WakeUp wake_up(simulation);
    std::optional<Time> woken;
    const Process process = simulation.spawn(wait_for(simulation, wake_up, woken));
    simulation.run_until(Time(1ns));
    if (is_woken_first) wake_up.set();
    process.kill();
    wake_up.set();
    simulation.run();
    EXPECT_FALSE(woken) << is_woken_first;
    EXPECT_EQ(simulation.queued(), 0u) << is_woken_first;
  }
}

}  // namespace
}  // namespace windtunnel::sim
