// Checks the clock: times, the order among equal times, run_until and stop, callbacks, determinism and the trajectory.
// Does not check killing (kill_test), waiting for other things than time (wait_test) or the queue's inside
// (queue_test).
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/combine.h"
#include "sim/simulation.h"
#include "sim/timer.h"

namespace windtunnel::sim {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

Time at(Duration d) { return Time{d}; }

std::string stamp(const Simulation& s, const std::string& what) {
  return std::to_string(s.now().time_since_epoch().count()) + " " + what;
}

Task<> step(Simulation& s, Log& log, std::string name, Duration d) {
  log.push_back(stamp(s, name + " begins"));
  co_await s.delay(d);
  log.push_back(stamp(s, name + " ends"));
}

TEST(Order, TimeThenFirstCome) {
  Simulation s;
  Log log;
  s.spawn(step(s, log, "a", 20ns));
  s.spawn(step(s, log, "b", 10ns));
  s.spawn(step(s, log, "c", 20ns));
  EXPECT_TRUE(log.empty()) << "a process starts as an event, not inside spawn";
  s.run();
  EXPECT_EQ(log, (Log{"0 a begins", "0 b begins", "0 c begins", "10 b ends", "20 a ends", "20 c ends"}));
  EXPECT_EQ(s.now(), at(20ns));
  EXPECT_EQ(s.events(), 6u);
}

TEST(Order, ZeroDelayGoesBehindWhatIsDue) {
  Simulation s;
  Log log;
  s.spawn(step(s, log, "a", 0ns));
  s.spawn(step(s, log, "b", 0ns));
  s.run();
  EXPECT_EQ(log, (Log{"0 a begins", "0 b begins", "0 a ends", "0 b ends"}));
}

Task<> spawner(Simulation& s, Log& log) {
  co_await s.delay(5ns);
  s.spawn(step(s, log, "child", 0ns));
  log.push_back(stamp(s, "spawned"));
  co_await s.delay(0ns);
  log.push_back(stamp(s, "after"));
}

TEST(Order, SpawnedProcessStartsAfterThePresentEvent) {
  Simulation s;
  Log log;
  s.spawn(spawner(s, log));
  s.run();
  EXPECT_EQ(log, (Log{"5 spawned", "5 child begins", "5 after", "5 child ends"}));
}

Task<> until(Simulation& s, Time t, Log& log) {
  co_await s.delay_until(t);
  log.push_back(stamp(s, "there"));
}

TEST(Order, DelayUntil) {
  Simulation s;
  Log log;
  s.spawn(until(s, at(7s), log));
  s.spawn(until(s, at(0s), log));
  s.run();
  EXPECT_EQ(log, (Log{"0 there", "7000000000 there"}));
}

TEST(Order, RunUntilIncludesItsTimeAndMayContinue) {
  Simulation s;
  Log log;
  s.spawn(step(s, log, "a", 10ns));
  s.spawn(step(s, log, "b", 11ns));
  s.run_until(at(10ns));
  EXPECT_EQ(log.back(), "10 a ends");
  s.run_until(at(10ns));
  EXPECT_EQ(s.now(), at(10ns));
  s.spawn(step(s, log, "c", 0ns));
  s.run_until(at(1us));
  EXPECT_EQ(log, (Log{"0 a begins", "0 b begins", "10 a ends", "10 c begins", "10 c ends", "11 b ends"}));
  EXPECT_EQ(s.now(), at(1us));
  s.spawn(step(s, log, "d", 1ns));
  s.run();
  EXPECT_EQ(log.back(), "1001 d ends");
}

TEST(Order, RunUntilBetweenEventsLeavesRoomBefore) {
  // The queue has looked ahead to the event at 1 ms; what is scheduled afterwards, before it, must still come first.
  Simulation s;
  Log log;
  for (int i = 0; i < 100; ++i) s.spawn(step(s, log, "late", 1ms + Duration(i)));
  s.run_until(at(500us));
  s.spawn(step(s, log, "early", 1ns));
  log.clear();
  s.run();
  ASSERT_EQ(log.size(), 102u);
  EXPECT_EQ(log[0], "500000 early begins");
  EXPECT_EQ(log[1], "500001 early ends");
  EXPECT_EQ(log[2], "1000000 late ends");
}

Task<> stopper(Simulation& s, Log& log) {
  co_await s.delay(5ns);
  s.stop();
  log.push_back("last words");
  co_await s.delay(0ns);
  log.push_back("never");
}

TEST(Order, StopReturnsAfterThePresentEvent) {
  Simulation s;
  Log log;
  s.spawn(stopper(s, log));
  s.spawn(step(s, log, "a", 5ns));
  s.run();
  EXPECT_EQ(log, (Log{"0 a begins", "last words"}));
  EXPECT_EQ(s.now(), at(5ns));
}

TEST(Order, StopInRunUntilKeepsTheProcesses) {
  Simulation s;
  Log log;
  s.spawn(stopper(s, log));
  s.run_until(at(100ns));
  EXPECT_EQ(s.now(), at(5ns));
  s.run();
  EXPECT_EQ(log, (Log{"last words", "never"}));
}

TEST(Order, BadTimesAreBrokenInvariants) {
  Simulation s;
  EXPECT_THROW((void)s.delay(-1ns), BrokenInvariant);
  EXPECT_THROW((void)s.delay_until(Time{-1ns}), BrokenInvariant);
  s.run_until(at(10ns));
  EXPECT_THROW((void)s.delay(Duration::max()), ClockError);
  EXPECT_THROW((void)s.delay_until(at(9ns)), BrokenInvariant);
  EXPECT_THROW(s.run_until(at(9ns)), BrokenInvariant);
  EXPECT_THROW(s.spawn(Task<>()), BrokenInvariant);
}

Task<> reenter(Simulation& s) {
  s.run();
  co_return;
}

TEST(Order, RunInsideOfRunIsRefused) {
  Simulation s;
  s.spawn(reenter(s));
  EXPECT_THROW(s.run(), BrokenInvariant);
}

Task<> thrower(Simulation& s) {
  co_await s.delay(3ns);
  throw std::runtime_error("boom");
}

TEST(Order, AnEscapingExceptionEndsTheRun) {
  Simulation s;
  Log log;
  s.spawn(thrower(s));
  const Process other = s.spawn(step(s, log, "a", 10ns));
  EXPECT_THROW(
      {
        try {
          s.run();
        } catch (const std::runtime_error& e) {
          EXPECT_STREQ(e.what(), "boom");
          throw;
        }
      },
      std::runtime_error);
  EXPECT_TRUE(other.done());
  EXPECT_EQ(log, (Log{"0 a begins"}));
  EXPECT_EQ(s.now(), at(3ns));
  s.spawn(step(s, log, "again", 1ns));
  s.run();
  EXPECT_EQ(log.back(), "4 again ends");
}

struct Tick final : Callback {
  Tick(Simulation& simulation, Log& l, std::string n, Duration p = {}, int repeats = 1)
      : Callback(n), s(simulation), log(l), name(std::move(n)), period(p), left(repeats) {}
  void fire() override {
    log.push_back(stamp(s, name));
    if (--left > 0) s.schedule(*this, period);
  }
  Simulation& s;
  Log& log;
  std::string name;
  Duration period;
  int left;
};

TEST(Callbacks, FireInOrderWithProcessesAndCanRepeat) {
  Simulation s;
  Log log;
  Tick tick(s, log, "tick", 10ns, 3), one(s, log, "one");
  s.schedule(tick, 10ns);
  s.spawn(step(s, log, "p", 20ns));
  s.schedule(one, 20ns);
  EXPECT_TRUE(tick.scheduled());
  EXPECT_EQ(one.deadline(), at(20ns));
  s.run();
  EXPECT_EQ(log, (Log{"0 p begins", "10 tick", "20 one", "20 p ends", "20 tick", "30 tick"}));
  EXPECT_FALSE(tick.scheduled());
}

TEST(Callbacks, CancelledOneDoesNotMoveTheClock) {
  Simulation s;
  Log log;
  Tick tick(s, log, "tick"), late(s, log, "late");
  s.schedule(tick, 10ns);
  s.schedule(late, 1h);
  s.cancel(late);
  s.cancel(late);
  s.run();
  EXPECT_EQ(log, (Log{"10 tick"}));
  EXPECT_EQ(s.now(), at(10ns));
  EXPECT_EQ(s.events(), 1u);
}

TEST(Callbacks, DestroyedWhileScheduledNeverFires) {
  Simulation s;
  Log log;
  {
    Tick gone(s, log, "gone");
    s.schedule(gone, 10ns);
  }
  Tick again(s, log, "kept");
  s.schedule(again, 10ns);
  s.run();
  EXPECT_EQ(log, (Log{"10 kept"}));
}

TEST(Callbacks, RescheduleMovesBothWays) {
  Simulation s;
  Log log;
  Tick later(s, log, "later"), sooner(s, log, "sooner");
  s.schedule(later, 10ns);
  s.schedule(later, 30ns);
  s.schedule(sooner, 50ns);
  s.schedule(sooner, 20ns);
  s.run();
  EXPECT_EQ(log, (Log{"20 sooner", "30 later"}));
  EXPECT_EQ(s.events(), 2u);
}

struct Suicide final : Callback {
  static void start(Simulation& s, bool& ran) {
    auto self = std::make_unique<Suicide>();
    self->ran = &ran;
    Callback& callback = *self;
    self->self = std::move(self);
    s.schedule(callback, 1ns);
  }
  void fire() override {
    *ran = true;
    const auto last = std::move(self);
  }
  bool* ran = nullptr;
  std::unique_ptr<Suicide> self;
};

TEST(Callbacks, MayDestroyItself) {
  Simulation s;
  bool ran = false;
  Suicide::start(s, ran);
  s.run();
  EXPECT_TRUE(ran);
}

struct Bomb final : Callback {
  void fire() override { throw std::runtime_error("callback"); }
};

TEST(Callbacks, AnExceptionLeavesRun) {
  Simulation s;
  Log log;
  Bomb bomb;
  s.schedule(bomb, 1ns);
  const Process p = s.spawn(step(s, log, "a", 10ns));
  EXPECT_THROW(s.run(), std::runtime_error);
  EXPECT_TRUE(p.done());
}

TEST(Callbacks, RunThatEndsEarlyLeavesThemUnscheduled) {
  Simulation s;
  Log log;
  Tick late(s, log, "late");
  s.schedule(late, 1h);
  s.spawn(stopper(s, log));
  s.run();
  EXPECT_FALSE(late.scheduled());
  s.schedule(late, 1ns);
  s.run();
  EXPECT_EQ(log.back(), "6 late");
}

TEST(Callbacks, MayOutliveTheSimulation) {
  Log log;
  auto s = std::make_unique<Simulation>();
  Tick tick(*s, log, "tick");
  s->schedule(tick, 1ns);
  s.reset();
  EXPECT_FALSE(tick.scheduled());
}

TEST(Timers, RestartWritesTheDeadlineOnly) {
  Simulation s;
  Log log;
  Timer timer(s, [&] { log.push_back(stamp(s, "out")); });
  EXPECT_FALSE(timer.running());
  for (int i = 1; i <= 1000; ++i) timer.restart(Duration(i));
  EXPECT_EQ(s.queued(), 1u);
  EXPECT_EQ(timer.deadline(), at(1000ns));
  s.run();
  EXPECT_EQ(log, (Log{"1000 out"}));
  EXPECT_EQ(s.events(), 1u) << "the moves are not events";
}

TEST(Timers, StopThenRestartEarlierThanTheQueuedEvent) {
  Simulation s;
  Log log;
  Timer timer(s, [&] { log.push_back(stamp(s, "out")); });
  timer.restart(100ns);
  timer.stop();
  EXPECT_FALSE(timer.running());
  timer.restart(10ns);
  s.run();
  EXPECT_EQ(log, (Log{"10 out"}));
  EXPECT_EQ(s.now(), at(10ns));
}

TEST(Timers, ActionMayRestartOrDestroyTheTimer) {
  Simulation s;
  int rounds = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(s, [&] {
    if (++rounds < 3) {
      timer->restart(5ns);
    } else {
      timer.reset();
    }
  });
  timer->restart(5ns);
  s.run();
  EXPECT_EQ(rounds, 3);
  EXPECT_EQ(s.now(), at(15ns));
}

/// A little world with ties, random delays and labels, for the trajectory.
Task<> wanderer(Simulation& s, RandomStream random, int steps) {
  for (int i = 0; i < steps; ++i) co_await s.delay(Duration(random.integer(0, 20)));
}

std::uint64_t wander(std::uint64_t seed, std::string_view label = "wanderer", int processes = 50) {
  Simulation s(seed);
  for (int i = 0; i < processes; ++i) {
    s.spawn(wanderer(s, s.stream("walk", static_cast<std::uint64_t>(i)), 20), label);
  }
  s.run();
  return s.trajectory().value();
}

TEST(Trajectory, SameSeedSameAndEverythingElseCounts) {
  const std::uint64_t reference = wander(1);
  EXPECT_EQ(wander(1), reference);
  EXPECT_NE(wander(2), reference);
  EXPECT_NE(wander(1, "other"), reference);
  EXPECT_NE(wander(1, "wanderer", 49), reference);
}

TEST(Trajectory, ChildrenWithoutALabelHaveTheirParents) {
  const auto run = [](std::string_view parent, std::string_view child) {
    Simulation s;
    Log log;
    const auto body = [&]() -> Task<> {
      s.spawn(step(s, log, "x", 1ns), child);
      co_return;
    };
    s.spawn(body(), parent);
    s.run();
    return s.trajectory();
  };
  EXPECT_EQ(run("a", ""), run("a", "a"));
  EXPECT_NE(run("a", ""), run("a", "b"));
}

TEST(Trajectory, OrderAmongTiesCounts) {
  const auto run = [](bool swapped) {
    Simulation s;
    Log log;
    s.spawn(step(s, log, "x", 10ns), swapped ? "b" : "a");
    s.spawn(step(s, log, "x", 10ns), swapped ? "a" : "b");
    s.run();
    return s.trajectory().value();
  };
  EXPECT_NE(run(false), run(true));
}

}  // namespace
}  // namespace windtunnel::sim
