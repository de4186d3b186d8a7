// Checks killing: in every state and from everywhere, that it unwinds fully and at once (or exactly when it is said to
// be put off), and that nothing of the killed stays behind. The end of a run is checked in end_test.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/channel.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/scope.h"
#include "sim/simulation.h"
#include "sim/timer.h"
#include "tests/sim/actors.h"

namespace windtunnel::sim {
namespace {

Task<> inner(Simulation& s, Log& log, Duration d) {
  const Trace trace(log, "inner");
  co_await s.delay(d);
  log.push_back("inner done");
}
Task<> outer(Simulation& s, Log& log, [[maybe_unused]] Trace argument, Duration d) {
  const Trace first(log, "first");
  const Trace second(log, "second");
  co_await inner(s, log, d);
  log.push_back("outer done");
}

TEST(Kill, BeforeTheStartGivesTheArgumentsBack) {
  Simulation s;
  Log log;
  const Process p = s.spawn(outer(s, log, Trace(log, "argument"), 1ns));
  p.kill();
  EXPECT_TRUE(p.done());
  EXPECT_EQ(log, (Log{"argument"}));
  p.kill();
  s.run();
  EXPECT_EQ(s.events(), 0u);
  EXPECT_EQ(log, (Log{"argument"}));
}

TEST(Kill, DuringADelayUnwindsInnermostFirst) {
  Simulation s;
  Log log;
  const Process p = s.spawn(outer(s, log, Trace(log, "argument"), 1h));
  s.run_until(Time{1ns});
  EXPECT_FALSE(p.done());
  p.kill();
  EXPECT_EQ(log, (Log{"inner", "second", "first", "argument"})) << "at once, before kill returns";
  s.run();
  EXPECT_EQ(s.now(), Time{1ns}) << "the dead event does not move the clock";
  EXPECT_EQ(s.events(), 1u);
}

TEST(Kill, TheMemoryMayBeReusedForTheSameTime) {
  // A new process takes the frame of the killed one and waits for the very same instant: only the new one is resumed.
  Simulation s;
  int resumed = 0;
  const auto body = [&]() -> Task<> {
    co_await s.delay_until(Time{100ns});
    ++resumed;
  };
  for (int i = 0; i < 10; ++i) {
    const Process p = s.spawn(body());
    s.run_until(s.now() + 1ns);
    p.kill();
  }
  s.spawn(body());
  s.run();
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(s.now(), Time{100ns});
}

TEST(Kill, TenThousandDeadAreClearedAway) {
  Simulation s;
  std::vector<Process> processes;
  for (int i = 0; i < 10'000; ++i) processes.push_back(s.spawn(sleep_for(s, 1h + Duration(i % 7))));
  s.run_until(Time{1ns});
  EXPECT_EQ(s.queued(), 10'000u);
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (i % 100 != 0) processes[i].kill();
  }
  EXPECT_LT(s.queued(), 300u);
  s.run();
  EXPECT_EQ(s.events(), 10'000u + 100u);
  EXPECT_EQ(s.now(), Time{1h + 6ns});
}

TEST(Kill, WaitingForAnEvent) {
  Simulation s;
  Log log;
  Event event(s);
  const auto body = [&](std::string name) -> Task<> {
    const Trace trace(log, name + " unwound");
    co_await event;
    log.push_back(name + " woken");
  };
  const Process a = s.spawn(body("a"));
  const Process b = s.spawn(body("b"));
  const Process c = s.spawn(body("c"));
  s.run_until(Time{1ns});
  b.kill();
  event.set();
  c.kill();  // woken already, but it has not gone on
  s.run();
  EXPECT_EQ(log, (Log{"b unwound", "c unwound", "a woken", "a unwound"}));
  EXPECT_EQ(s.events(), 4u);
}

Task<> hold(Simulation& s, Resource& r, Log& log, std::string name, std::int64_t units, Duration d) {
  const Lease lease = co_await r.acquire(units);
  log.push_back(name);
  co_await s.delay(d);
}

TEST(Kill, HoldingALeaseReturnsIt) {
  Simulation s;
  Log log;
  Resource r(s, 1);
  const Process a = s.spawn(hold(s, r, log, "a", 1, 1h));
  s.spawn(hold(s, r, log, "b", 1, 1ns));
  s.run_until(Time{5ns});
  a.kill();
  EXPECT_EQ(r.available(), 0) << "it is b's already";
  s.run();
  EXPECT_EQ(log, (Log{"a", "b"}));
  EXPECT_EQ(r.available(), 1);
  EXPECT_EQ(s.now(), Time{6ns});
}

TEST(Kill, WaitingInTheLineLetsTheNextOnesThrough) {
  Simulation s;
  Log log;
  Resource r(s, 3);
  s.spawn(hold(s, r, log, "a", 2, 100ns));
  const Process big = s.spawn(hold(s, r, log, "big", 3, 1ns));
  s.spawn(hold(s, r, log, "small", 1, 1ns));
  s.run_until(Time{5ns});
  EXPECT_EQ(r.waiting(), 2u);
  big.kill();
  EXPECT_EQ(r.waiting(), 0u);
  s.run_until(Time{10ns});
  EXPECT_EQ(log, (Log{"a", "small"}));
  EXPECT_EQ(r.available(), 1);
  s.run();
}

TEST(Kill, BetweenTheTurnAndGoingOnPassesTheUnitsOn) {
  Simulation s;
  Log log;
  Resource r(s, 1);
  const Process a = s.spawn(hold(s, r, log, "a", 1, 1h));
  const Process b = s.spawn(hold(s, r, log, "b", 1, 1h));
  s.spawn(hold(s, r, log, "c", 1, 1ns));
  s.run_until(Time{1ns});
  a.kill();
  b.kill();
  s.run();
  EXPECT_EQ(log, (Log{"a", "c"}));
  EXPECT_EQ(r.available(), 1);
}

TEST(Kill, ReceiversAndSendersOfAChannel) {
  Simulation s;
  Log log;
  Channel<int> c(s, 2);
  const auto receive = [&](std::string name) -> Task<> { log.push_back(name + std::to_string(co_await c.receive())); };
  const auto send = [&](int x) -> Task<> { co_await c.send(x); };
  const Process r1 = s.spawn(receive("r1 "));
  const Process r2 = s.spawn(receive("r2 "));
  const Process r3 = s.spawn(receive("r3 "));
  s.run_until(Time{1ns});
  r1.kill();  // while it waits
  c.push(1);
  c.push(2);
  r2.kill();  // after message 1 was promised to it
  EXPECT_EQ(c.size(), 1u);
  s.run_until(Time{2ns});
  EXPECT_EQ(log, (Log{"r3 1"}));
  s.spawn(send(3));
  const Process blocked = s.spawn(send(4));
  s.spawn(send(5));
  s.run_until(Time{3ns});
  blocked.kill();
  s.spawn(receive("x "));
  s.spawn(receive("y "));
  s.spawn(receive("z "));
  s.run();
  EXPECT_EQ(log, (Log{"r3 1", "x 2", "y 3", "z 5"}));
}

TEST(Kill, AReceiverWithAPromiseHandsItToOneWhoWaits) {
  Simulation s;
  Log log;
  Channel<int> c(s);
  const auto receive = [&](std::string name) -> Task<> { log.push_back(name + std::to_string(co_await c.receive())); };
  const Process a = s.spawn(receive("a"));
  s.spawn(receive("b"));
  s.run_until(Time{1ns});
  c.push(1);
  a.kill();
  s.run();
  EXPECT_EQ(log, (Log{"b1"}));
}

TEST(Kill, WaitingInAJoin) {
  Simulation s;
  const Process target = s.spawn(sleep_for(s, 10ns));
  const auto join = [](Process p) -> Task<> { co_await p.join(); };
  const Process waiter = s.spawn(join(target));
  s.run_until(Time{1ns});
  waiter.kill();
  s.run();
  EXPECT_EQ(s.now(), Time{10ns});
  EXPECT_EQ(s.events(), 3u);
}

TEST(Kill, AProcessThatKillsItselfGoesOnToItsNextWait) {
  Simulation s;
  Log log;
  Process self;
  const auto body = [&]() -> Task<> {
    const Trace trace(log, "unwound");
    co_await s.delay(1ns);
    self.kill();
    EXPECT_FALSE(self.done());
    self.kill();
    log.push_back("still here");
    co_await s.delay(1ns);
    log.push_back("never");
  };
  self = s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"still here", "unwound"}));
  EXPECT_EQ(s.now(), Time{1ns});
}

TEST(Kill, AProcessThatKillsItselfAndEndsJustEnds) {
  Simulation s;
  Process self;
  bool joined = false;
  const auto body = [&]() -> Task<> {
    self.kill();
    co_return;
  };
  const auto join = [&]() -> Task<> {
    co_await self.join();
    joined = true;
  };
  self = s.spawn(body());
  s.spawn(join());
  s.run();
  EXPECT_TRUE(joined);
}

TEST(Kill, TakesTheWholeTree) {
  Simulation s;
  Log log;
  const auto leaf = [&](std::string name) -> Task<> {
    const Trace trace(log, name);
    co_await s.delay(1h);
  };
  const auto branch = [&](std::string name) -> Task<> {
    const Trace trace(log, name);
    Scope scope(s);
    scope.spawn(leaf(name + "1"));
    scope.spawn(leaf(name + "2"));
    co_await scope.join();
  };
  const auto root = [&]() -> Task<> {
    const Trace trace(log, "root");
    std::vector<Task<>> both;
    both.push_back(branch("a"));
    both.push_back(branch("b"));
    co_await all_of(s, std::move(both));
  };
  const Process p = s.spawn(root());
  s.run_until(Time{1ns});
  p.kill();
  EXPECT_EQ(log, (Log{"a1", "a2", "a", "b1", "b2", "b", "root"}));
  s.run();
  EXPECT_EQ(s.now(), Time{1ns});
}

TEST(Kill, AParentByItsChildIsPutOffUntilTheChildSuspends) {
  Simulation s;
  Log log;
  Process parent;
  const auto child = [&](int& of_parent) -> Task<> {
    const Trace trace(log, "child");
    co_await s.delay(1ns);
    parent.kill();
    EXPECT_FALSE(parent.done());
    of_parent = 1;  // the parent's frame is still there
    log.push_back("child goes on");
    co_await s.delay(0ns);
    log.push_back("never");
  };
  const auto body = [&]() -> Task<> {
    const Trace trace(log, "parent");
    int local = 0;
    Scope scope(s);
    scope.spawn(child(local));
    scope.spawn(sleep_for(s, 1h));
    co_await scope.join();
    log.push_back("never");
  };
  parent = s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"child goes on", "child", "parent"}));
  EXPECT_EQ(s.now(), Time{1ns});
}

TEST(Kill, AGrandparentByItsGrandchildThatThenThrows) {
  Simulation s;
  Log log;
  Process top;
  const auto child = [&]() -> Task<> {
    co_await s.delay(1ns);
    top.kill();
    throw std::runtime_error("too late to matter");
  };
  const auto middle = [&]() -> Task<> { co_await with_timeout(s, child(), 1h); };
  const auto body = [&]() -> Task<> {
    const Trace trace(log, "top");
    co_await with_timeout(s, middle(), 1h);
  };
  top = s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"top"}));
}

TEST(Kill, ASiblingAndAStranger) {
  Simulation s;
  Log log;
  Process sibling;
  const Process stranger = s.spawn(sleep_for(s, 1h));
  const auto killer = [&]() -> Task<> {
    co_await s.delay(1ns);
    sibling.kill();
    stranger.kill();
    EXPECT_TRUE(sibling.done());
    EXPECT_TRUE(stranger.done());
    co_await s.delay(1ns);
    log.push_back("killer lives");
  };
  const auto body = [&]() -> Task<> {
    Scope scope(s);
    sibling = scope.spawn(sleep_for(s, 1h));
    scope.spawn(killer());
    co_await scope.join();
    log.push_back("parent lives");
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"killer lives", "parent lives"}));
  EXPECT_EQ(s.now(), Time{2ns});
}

TEST(Kill, FromACallbackAndATimer) {
  Simulation s;
  const Process p = s.spawn(sleep_for(s, 1h));
  Timer timer(s, [&] { p.kill(); });
  timer.restart(3ns);
  s.run();
  EXPECT_TRUE(p.done());
  EXPECT_EQ(s.now(), Time{3ns});
}

struct KillOnExit {
  Process* target;
  ~KillOnExit() { target->kill(); }
};

TEST(Kill, DestructorsMayKillEachOther) {
  Simulation s;
  Process a, b;
  const auto body = [&](Process& other) -> Task<> {
    const KillOnExit guard{&other};
    co_await s.delay(1h);
  };
  a = s.spawn(body(b));
  b = s.spawn(body(a));
  s.run_until(Time{1ns});
  a.kill();
  EXPECT_TRUE(a.done());
  EXPECT_TRUE(b.done());
  s.run();
}

TEST(Kill, DestructorsMayWakeAndSpawn) {
  Simulation s;
  Log log;
  Event event(s);
  struct SetOnExit {
    Simulation& s;
    Event& event;
    Log& log;
    ~SetOnExit() {
      event.set();
      s.spawn([](Log& l) -> Task<> {
        l.push_back("spawned");
        co_return;
      }(log));
    }
  };
  const auto body = [&]() -> Task<> {
    const SetOnExit guard{s, event, log};
    co_await s.delay(1h);
  };
  const auto waiter = [&]() -> Task<> {
    co_await event;
    log.push_back("woken");
  };
  const Process p = s.spawn(body());
  s.spawn(waiter());
  s.run_until(Time{1ns});
  p.kill();
  s.run_until(Time{2ns});
  EXPECT_EQ(log, (Log{"woken", "spawned"}));
  // The second time, while the run is being ended: nothing may start any more.
  s.spawn(body());
  s.run_until(Time{3ns});
  s.stop();
  const Process last = s.spawn(sleep_for(s, 1ns));
  log.clear();
  {
    Simulation dies;
    Event e(dies);
    const auto guarded = [&]() -> Task<> {
      const SetOnExit guard{dies, e, log};
      co_await dies.delay(1h);
    };
    dies.spawn(guarded());
    dies.run_until(Time{1ns});
  }
  EXPECT_TRUE(log.empty());
}

TEST(Kill, TheScopeThatHoldsTheRunningChild) {
  // The child destroys the very scope it runs in: it becomes a root process and ends at its next wait.
  Simulation s;
  Log log;
  auto scope = std::make_unique<Scope>(s);
  const auto child = [&]() -> Task<> {
    const Trace trace(log, "child");
    co_await s.delay(1ns);
    scope.reset();
    log.push_back("alive");
    co_await s.delay(1ns);
    log.push_back("never");
  };
  scope->spawn(child());
  s.run();
  EXPECT_EQ(log, (Log{"alive", "child"}));
}

TEST(Kill, AChildWhoseErrorNobodyHearsBecauseTheParentDies) {
  Simulation s;
  Process parent;
  const auto fail = [&]() -> Task<> {
    co_await s.delay(1ns);
    throw std::runtime_error("unheard");
  };
  const auto body = [&]() -> Task<> { co_await with_timeout(s, fail(), 1h); };
  parent = s.spawn(body());
  Timer timer(s, [&] { parent.kill(); });
  s.run_until(Time{0ns});
  timer.restart(1ns);  // after the child's failure in the same instant, before the parent goes on
  s.run();
  EXPECT_TRUE(parent.done());
}

}  // namespace
}  // namespace windtunnel::sim
