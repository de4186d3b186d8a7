// Checks scopes, any_of, all_of and time-outs: who is waited for, who is killed, where exceptions go. Killing from
// outside is checked in kill_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/scope.h"
#include "sim/simulation.h"
#include "tests/sim/actors.h"

namespace windtunnel::sim {
namespace {

Task<> use(Simulation& s, Resource& r, Log& log, std::string name, std::int64_t units, Duration hold) {
  const Lease lease = co_await r.acquire(units);
  note(s, log, name + " has " + std::to_string(lease.units()));
  co_await s.delay(hold);
}

TEST(Scopes, JoinWaitsForAllChildren) {
  Simulation s;
  Log log;
  const auto body = [&]() -> Task<> {
    Scope scope(s);
    co_await scope.join();
    for (int i = 1; i <= 3; ++i) scope.spawn(sleep_for(s, Duration(i)));
    EXPECT_EQ(scope.running(), 3u);
    co_await scope.join();
    note(s, log, "joined");
    EXPECT_EQ(scope.running(), 0u);
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"3 joined"}));
}

Task<> fail_after(Simulation& s, Duration d, const char* what) {
  co_await s.delay(d);
  throw std::runtime_error(what);
}

TEST(Scopes, FirstExceptionKillsTheSiblingsAndReachesJoin) {
  Simulation s;
  std::string caught;
  const auto body = [&]() -> Task<> {
    Scope scope(s);
    const Process sibling = scope.spawn(sleep_for(s, 1h));
    scope.spawn(fail_after(s, 2ns, "first"));
    scope.spawn(fail_after(s, 3ns, "second"));
    try {
      co_await scope.join();
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    EXPECT_TRUE(sibling.done());
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(caught, "first");
  EXPECT_EQ(s.now(), Time{2ns});
}

TEST(Scopes, AnExceptionNobodyJoinedEndsTheRun) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    Scope scope(s);
    scope.spawn(fail_after(s, 1ns, "lost"));
    co_await s.delay(10ns);
  };
  s.spawn(body());
  EXPECT_THROW(s.run(), std::runtime_error);
}

TEST(Scopes, OutsideOfProcessesEndWithTheRun) {
  Simulation s;
  Scope scope(s);
  const Process child = scope.spawn(sleep_for(s, 1h));
  s.run_until(Time{1s});
  EXPECT_FALSE(child.done());
  s.stop();
  EXPECT_EQ(scope.running(), 1u);
  Event never(s);
  const auto wait = [](Event& e) -> Task<> { co_await e; };
  const Process stuck = scope.spawn(wait(never));
  s.run();
  EXPECT_TRUE(child.done());
  EXPECT_TRUE(stuck.done());
}

// ------------------------------------------------------------------------------------------------ combinators

std::vector<Task<>> tasks(Task<> a, Task<> b, Task<> c) {
  std::vector<Task<>> all;
  all.push_back(std::move(a));
  all.push_back(std::move(b));
  all.push_back(std::move(c));
  return all;
}

TEST(AnyOf, GivesTheFirstAndKillsTheRest) {
  Simulation s;
  Resource r(s, 1);
  Log log;
  std::size_t winner = 99;
  const auto body = [&]() -> Task<> {
    winner = co_await any_of(s, tasks(sleep_for(s, 30ns), sleep_for(s, 10ns), use(s, r, log, "c", 1, 20ns)));
    EXPECT_EQ(s.now(), Time{10ns});
    EXPECT_EQ(r.available(), 1) << "the loser's lease has returned";
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(winner, 1u);
  EXPECT_EQ(s.now(), Time{10ns});
}

TEST(AnyOf, TieGoesToTheEarlierEvent) {
  Simulation s;
  std::size_t winner = 99;
  const auto body = [&]() -> Task<> {
    winner = co_await any_of(s, tasks(sleep_for(s, 1h), sleep_for(s, 5ns), sleep_for(s, 5ns)));
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(winner, 1u);
}

TEST(AnyOf, AnExceptionIsThrownOn) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    co_await any_of(s, tasks(sleep_for(s, 10ns), fail_after(s, 5ns, "x"), sleep_for(s, 10ns)));
  };
  s.spawn(body());
  EXPECT_THROW(s.run(), std::runtime_error);
  EXPECT_EQ(s.now(), Time{5ns});
}

TEST(AnyOf, OfNothingIsABrokenInvariant) {
  Simulation s;
  const auto body = [&]() -> Task<> { co_await any_of(s, {}); };
  s.spawn(body());
  EXPECT_THROW(s.run(), BrokenInvariant);
}

TEST(AllOf, WaitsForTheLast) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    co_await all_of(s, {});
    co_await all_of(s, tasks(sleep_for(s, 30ns), sleep_for(s, 10ns), sleep_for(s, 20ns)));
    EXPECT_EQ(s.now(), Time{30ns});
  };
  const Process p = s.spawn(body());
  s.run();
  EXPECT_TRUE(p.done());
  EXPECT_EQ(s.now(), Time{30ns});
}

TEST(AllOf, TheFirstExceptionKillsTheRest) {
  Simulation s;
  Log log;
  Resource r(s, 1);
  const auto body = [&]() -> Task<> {
    try {
      co_await all_of(s, tasks(use(s, r, log, "a", 1, 1h), fail_after(s, 5ns, "x"), sleep_for(s, 1h)));
    } catch (const std::runtime_error&) {
      note(s, log, "caught");
    }
    EXPECT_EQ(r.available(), 1);
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(log, (Log{"0 a has 1", "5 caught"}));
  EXPECT_EQ(s.now(), Time{5ns});
}

TEST(Timeouts, GiveTheResultInTimeOrNothing) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    EXPECT_EQ(co_await with_timeout(s, delayed(s, 7), 5ns), 7);
    EXPECT_EQ(s.now(), Time{1ns});
    const auto slow = [&]() -> Task<int> {
      co_await s.delay(1h);
      co_return 1;
    };
    EXPECT_EQ(co_await with_timeout(s, slow(), 4ns), std::nullopt);
    EXPECT_EQ(s.now(), Time{5ns});
    EXPECT_TRUE(co_await with_timeout(s, sleep_for(s, 1ns), 2ns));
    EXPECT_FALSE(co_await with_timeout(s, sleep_for(s, 3ns), 2ns));
    EXPECT_EQ(*(co_await with_timeout(s, boxed(3), 0ns)).value(), 3) << "what takes no time is in time";
    EXPECT_FALSE(co_await with_timeout(s, sleep_for(s, 1ns), 0ns));
    EXPECT_EQ(s.now(), Time{8ns});
  };
  const Process p = s.spawn(body());
  s.run();
  EXPECT_TRUE(p.done());
  EXPECT_EQ(s.now(), Time{8ns}) << "what was not waited for does not move the clock";
}

TEST(Timeouts, AnExceptionIsThrownOn) {
  Simulation s;
  const auto body = [&]() -> Task<> { co_await with_timeout(s, failing(s), 5ns); };
  s.spawn(body());
  EXPECT_THROW(s.run(), std::runtime_error);
  EXPECT_EQ(s.now(), Time{1ns});
}

TEST(Timeouts, ThatNeverRunOutLeaveNoBacklog) {
  // A hundred thousand requests with a time-out of 15 minutes each: what they leave in the queue must not pile up.
  Simulation s;
  std::size_t most = 0;
  const auto body = [&]() -> Task<> {
    for (int i = 0; i < 100'000; ++i) {
      co_await with_timeout(s, sleep_for(s, 1ms), 15min);
      most = std::max(most, s.queued());
    }
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(s.now(), Time{100s});
  EXPECT_LT(most, 200u);
}

}  // namespace
}  // namespace windtunnel::sim
