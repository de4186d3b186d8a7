// Checks for_each (order, the limit, failure, killing, the number of tasks that exist at a time) and BreakableDelay.
#include "sim/for_each.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "sim/breakable_delay.h"
#include "sim/frame_pool.h"

namespace windtunnel::sim {
namespace {

using namespace std::chrono_literals;

struct Begun {
  std::int64_t item;
  Time at;
  bool operator==(const Begun&) const = default;
};

TEST(ForEach, BeginsEachInItsOrderAsSoonAsThereIsRoom) {
  Simulation simulation;
  std::vector<Begun> begun;
  Time end{};
  const auto body = [&](std::int64_t i) -> Task<> {
    begun.push_back({i, simulation.now()});
    co_await simulation.delay(Duration((i + 1) * 10));
  };
  simulation.spawn([](Simulation& s, auto b, Time& out) -> Task<> {
    co_await for_each(s, 5, 2, b);
    out = s.now();
  }(simulation, body, end));
  simulation.run();
  // Items take 10, 20, 30, 40, 50: 0 and 1 at 0, 2 at 10, 3 at 20, 4 at 40.
  EXPECT_EQ(begun, (std::vector<Begun>{{0, Time(0ns)}, {1, Time(0ns)}, {2, Time(10ns)}, {3, Time(20ns)}, {4, Time(40ns)}}));
  EXPECT_EQ(end, Time(90ns));
}

TEST(ForEach, OfNothingIsOverAtOnceAndBadNumbersAreRefused) {
  Simulation simulation;
  const auto never = [](std::int64_t) -> Task<> {
    ADD_FAILURE();
    co_return;
  };
  simulation.spawn(for_each(simulation, 0, 3, never));
  simulation.run();
  EXPECT_EQ(simulation.now(), Time(0ns));
  simulation.spawn(for_each(simulation, 3, 0, never));
  EXPECT_THROW(simulation.run(), BrokenInvariant);
}

TEST(ForEach, TheFirstFailureEndsTheOthersAndIsThrownOn) {
  Simulation simulation;
  int finished = 0;
  const auto body = [&](std::int64_t i) -> Task<> {
    co_await simulation.delay(Duration(10 * (i + 1)));
    if (i == 1) throw std::runtime_error("item 1");
    ++finished;
  };
  simulation.spawn(for_each(simulation, 10, 3, body));
  try {
    simulation.run();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "item 1");
  }
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(simulation.now(), Time(20ns));
}

TEST(ForEach, MemoryIsForThoseUnderWayOnly) {
  Simulation simulation;
  const auto body = [&](std::int64_t) -> Task<> { co_await simulation.delay(1ms); };
  std::size_t most = 0;
  const std::size_t before = detail::frame_bytes();
  simulation.spawn(for_each(simulation, 100'000, 4, body));
  for (int i = 0; i < 100; ++i) {
    simulation.run_until(Time(i * 10ms));
    most = std::max(most, detail::frame_bytes() - before);
  }
  simulation.run();
#ifndef __SANITIZE_ADDRESS__  // whose frames come from the heap, uncounted
  EXPECT_GT(most, 0u);
#endif
  EXPECT_LT(most, 4096u);
}

struct Slept {
  bool through = false;
  Time at{};
};
Task<> sleep(Simulation& simulation, BreakableDelay& delay, Slept& slept) {
  slept.through = co_await delay;
  slept.at = simulation.now();
}

TEST(BreakableDelayTest, EndsAtItsTimeOrBeforeOrLater) {
  Simulation simulation;
  BreakableDelay plain(simulation, Time(10ns)), ended(simulation, Time(10ns)), earlier(simulation, Time(10ns)),
      later(simulation, Time(10ns)), at_the_end(simulation, Time(10ns));
  Slept a, b, c, d, e;
  simulation.spawn(sleep(simulation, plain, a));
  simulation.spawn(sleep(simulation, ended, b));
  simulation.spawn(sleep(simulation, earlier, c));
  simulation.spawn(sleep(simulation, later, d));
  simulation.spawn([](Simulation& s, BreakableDelay& x) -> Task<> {
    co_await s.delay(10ns);  // queued before the delay below
    x.end();
  }(simulation, at_the_end));
  simulation.spawn(sleep(simulation, at_the_end, e));
  simulation.run_until(Time(5ns));
  EXPECT_TRUE(ended.waiting());
  ended.end();
  EXPECT_FALSE(ended.waiting());
  earlier.move(Time(7ns));
  later.move(Time(20ns));
  simulation.run();
  EXPECT_TRUE(a.through);
  EXPECT_EQ(a.at, Time(10ns));
  EXPECT_FALSE(b.through);
  EXPECT_EQ(b.at, Time(5ns));
  EXPECT_TRUE(c.through);
  EXPECT_EQ(c.at, Time(7ns));
  EXPECT_TRUE(d.through);
  EXPECT_EQ(d.at, Time(20ns));
  EXPECT_FALSE(e.through) << "ended at its last instant";
  EXPECT_EQ(e.at, Time(10ns));
}

TEST(BreakableDelayTest, AKilledProcessLeavesNothingBehind) {
  Simulation simulation;
  bool resumed = false;
  Process process = simulation.spawn([](Simulation& s, bool& out) -> Task<> {
    BreakableDelay delay(s, Time(10ns));
    co_await delay;
    out = true;
  }(simulation, resumed));
  simulation.run_until(Time(5ns));
  process.kill();
  simulation.run();
  EXPECT_FALSE(resumed);
  EXPECT_EQ(simulation.queued(), 0u);
}

}  // namespace
}  // namespace windtunnel::sim
