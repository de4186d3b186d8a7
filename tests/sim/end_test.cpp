// Checks that run() and the destructor end every process on every path, in order and without a trace; and storms of
// everything at once, for the sanitizers and for determinism.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/channel.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/scope.h"
#include "sim/simulation.h"
#include "tests/sim/actors.h"

namespace windtunnel::sim {
namespace {

Task<> hold(Simulation& s, Resource& r, Log& log, std::string name, std::int64_t units, Duration d) {
  const Lease lease = co_await r.acquire(units);
  log.push_back(name);
  co_await s.delay(d);
}

TEST(Ends, RunEndsTheProcessesInTheOrderOfTheirSpawning) {
  Simulation s;
  Log log;
  Event never(s);
  const auto body = [&](std::string name) -> Task<> {
    const Trace trace(log, name);
    co_await never;
  };
  const auto parent = [&]() -> Task<> {
    const Trace trace(log, "parent");
    Scope scope(s);
    scope.spawn(body("child"));
    co_await never;
  };
  s.spawn(body("a"));
  s.spawn(parent());
  s.spawn(body("b"));
  s.run();
  EXPECT_EQ(log, (Log{"a", "child", "parent", "b"}));
}

// One that goes on at one instant for ever, one that goes on for ever in time, and one that never waits for anything.
TEST(Ends, AWatchSeesAndEndsWhatNeverEnds) {
  for (const Duration step : {0ns, 1ns, Duration(-1)}) {
    Simulation s;
    Log log;
    const auto nothing = []() -> Task<> { co_return; };
    const auto forever = [&]() -> Task<> {
      const Trace trace(log, "unwound");
      while (step < 0ns) co_await nothing();
      for (;;) co_await s.delay(step);
    };
    s.spawn(forever());
    int looks = 0;
    s.watch([&] {
      if (++looks == 3) throw std::runtime_error("enough");
    });
    EXPECT_THROW(s.run(), std::runtime_error);
    EXPECT_EQ(s.events(), step < 0ns ? 1U : 3U * Simulation::watch_interval);
    EXPECT_EQ(log, (Log{"unwound"}));
    s.spawn(sleep_for(s, 1h));
    EXPECT_NO_THROW(s.run()) << "it can be used again";
  }
}

TEST(Ends, AWatchLeavesNoTraceInTheTrajectory) {
  const auto trajectory = [](bool watched) {
    Simulation s;
    const auto steps = [&]() -> Task<> {
      for (int i = 0; i < 2 * Simulation::watch_interval; ++i) co_await s.delay(1ns);
    };
    s.spawn(steps());
    int looks = 0;
    if (watched) s.watch([&] { ++looks; });
    s.run();
    EXPECT_EQ(looks, watched ? 2 : 0);
    return s.trajectory().hex();
  };
  EXPECT_EQ(trajectory(true), trajectory(false));
}

TEST(Ends, ADelayBeyondTheEndOfTimeIsAnErrorOfItsOwn) {
  Simulation s;
  const auto too_long = [&]() -> Task<> {
    co_await s.delay(1h);
    co_await s.delay(Duration::max());
  };
  s.spawn(too_long());
  EXPECT_THROW(s.run(), ClockError);
}

TEST(Ends, OnStopOnExceptionAndInTheDestructor) {
  for (const int path : {0, 1, 2}) {
    Log log;
    auto s = std::make_unique<Simulation>();
    Resource r(*s, 1);
    Channel<int> c(*s);
    s->spawn(hold(*s, r, log, "held", 1, 1h));
    s->spawn(hold(*s, r, log, "waits", 1, 1h));
    const auto receive = [&]() -> Task<> {
      const Trace trace(log, "unwound");
      co_await c.receive();
    };
    s->spawn(receive());
    const auto end = [&]() -> Task<> {
      co_await s->delay(1ns);
      if (path == 0) s->stop();
      if (path == 1) throw std::runtime_error("end");
    };
    s->spawn(end());
    if (path == 0) {
      s->run();
    } else if (path == 1) {
      EXPECT_THROW(s->run(), std::runtime_error);
    } else {
      s->run_until(Time{1ns});
      EXPECT_EQ(log, (Log{"held"}));
      s.reset();
    }
    EXPECT_EQ(log, (Log{"held", "unwound"})) << path;
    EXPECT_EQ(r.available(), 1) << path;
    EXPECT_EQ(r.waiting(), 0u) << path;
  }
}

TEST(Ends, HandlesOutliveTheSimulation) {
  Process p;
  {
    Simulation s;
    p = s.spawn(sleep_for(s, 1h));
    EXPECT_FALSE(p.done());
  }
  EXPECT_TRUE(p.done());
  p.kill();
  EXPECT_TRUE(Process().done());
}

TEST(Ends, AnErrorInAScopeOutsideOfProcessesEndsTheRun) {
  Simulation s;
  const auto fail = []() -> Task<> {
    throw std::runtime_error("child");
    co_return;
  };
  Scope scope(s);
  scope.spawn(fail());
  const Process sibling = scope.spawn(sleep_for(s, 1h));
  EXPECT_THROW(s.run(), std::runtime_error);
  EXPECT_TRUE(sibling.done());
}

/// Random storms of everything at once, for the sanitizers and for determinism: processes that wait on random things,
/// hold leases, open scopes, and are killed at random by each other.
struct Storm {
  explicit Storm(std::uint64_t seed) : s(seed), r(s, 3), c(s, 4), e(s), random(s.stream("storm")) {}

  Task<> act(int depth) {
    for (int i = 0; i < 6; ++i) {
      switch (random.integer(0, 8)) {
        case 0:
          co_await s.delay(Duration(random.integer(0, 50)));
          break;
        case 1: {
          const Lease lease = co_await r.acquire(random.integer(1, 3));
          co_await s.delay(Duration(random.integer(0, 20)));
          break;
        }
        case 2:
          co_await c.send(i);
          break;
        case 3:
          co_await c.receive();
          break;
        case 4:
          co_await with_timeout(s, act_again(depth), Duration(random.integer(0, 30)));
          break;
        case 5:
          victims[static_cast<std::size_t>(random.integer(0, 15))].kill();
          break;
        case 6:
          if (random.bernoulli(0.5)) {
            co_await e;
          } else {
            e.set();
            e.reset();
          }
          break;
        case 7: {
          std::vector<Task<>> all;
          for (int k = 0; k < 3; ++k) all.push_back(act_again(depth));
          co_await any_of(s, std::move(all));
          break;
        }
        default:
          victims[static_cast<std::size_t>(random.integer(0, 15))] = s.spawn(act_again(depth), "storm");
          break;
      }
    }
  }
  Task<> act_again(int depth) {
    if (depth > 0) co_await act(depth - 1);
    co_await s.delay(Duration(random.integer(0, 5)));
  }
  std::uint64_t run() {
    for (Process& victim : victims) victim = s.spawn(act(3), "victim");
    s.run();
    EXPECT_EQ(r.available(), 3);
    EXPECT_EQ(r.waiting(), 0u);
    return s.trajectory().value() ^ s.events();
  }

  Simulation s;
  Resource r;
  Channel<int> c;
  Event e;
  RandomStream random;
  std::vector<Process> victims = std::vector<Process>(16);
};

TEST(Storms, AreDeterministicAndLeaveNothingBehind) {
  const std::size_t before = detail::frame_bytes();
  std::uint64_t events = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Storm first(seed), second(seed);
    ASSERT_EQ(first.run(), second.run()) << "seed " << seed;
    events += first.s.events();
  }
  EXPECT_GT(events, 20'000u) << "the storms are not trivial";
  EXPECT_EQ(detail::frame_bytes(), before) << "every frame and record has been given back";
}

}  // namespace
}  // namespace windtunnel::sim
