// Checks waiting for other things than time: tasks within a process, events, resources, channels, joins, scopes, any_of,
// all_of and time-outs, each in its ordinary use and with exceptions. Killing is checked in kill_test.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/channel.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/scope.h"
#include "sim/simulation.h"

namespace windtunnel::sim {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

void note(const Simulation& s, Log& log, const std::string& what) {
  log.push_back(std::to_string(s.now().time_since_epoch().count()) + " " + what);
}

Task<> sleep_for(Simulation& s, Duration d) { co_await s.delay(d); }

// ------------------------------------------------------------------------------------------------ tasks

Task<int> immediate(int x) { co_return x; }
Task<int> delayed(Simulation& s, int x) {
  co_await s.delay(1ns);
  co_return x;
}
Task<std::unique_ptr<int>> boxed(int x) { co_return std::make_unique<int>(x); }
Task<int> failing(Simulation& s) {
  co_await s.delay(1ns);
  throw std::runtime_error("inner");
}

TEST(Tasks, ResultsAndExceptionsReachTheAwaiter) {
  Simulation s;
  int sum = 0;
  std::string caught;
  const auto body = [&]() -> Task<> {
    sum += co_await immediate(1);
    sum += co_await delayed(s, 2);
    sum += *co_await boxed(4);
    Task<int> later = delayed(s, 8);
    co_await s.delay(1ns);
    sum += co_await std::move(later);
    EXPECT_FALSE(later);
    try {
      co_await failing(s);
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(sum, 15);
  EXPECT_EQ(caught, "inner");
  EXPECT_EQ(s.now(), Time{4ns});
}

TEST(Tasks, AwaitedTwiceIsABrokenInvariant) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    Task<int> task = immediate(1);
    co_await std::move(task);
    co_await std::move(task);
  };
  s.spawn(body());
  EXPECT_THROW(s.run(), BrokenInvariant);
}

TEST(Tasks, NeverStartedOnlyGivesItsArgumentsBack) {
  const auto shared = std::make_shared<int>(1);
  {
    const auto body = [](std::shared_ptr<int>) -> Task<> { co_return; };
    const Task<> task = body(shared);
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

Task<int> count_down(int n) {
  if (n == 0) co_return 0;
  co_return 1 + co_await count_down(n - 1);
}

Task<int> dig(Simulation& s, int n) {
  if (n == 0) {
    co_await s.delay(1h);
    throw std::runtime_error("bottom");
  }
  co_return 1 + co_await dig(s, n - 1);
}

TEST(Tasks, AMillionInALoopUseNoStack) {
  Simulation s;
  std::int64_t sum = 0;
  const auto body = [&]() -> Task<> {
    for (int i = 0; i < 1'000'000; ++i) sum += co_await immediate(1);
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(sum, 1'000'000);
}

TEST(Tasks, AMillionDeepUseNoStack) {
  Simulation s;
  int depth = 0;
  const auto body = [&]() -> Task<> { depth = co_await count_down(1'000'000); };
  s.spawn(body());
  s.run();
  EXPECT_EQ(depth, 1'000'000);
}

TEST(Tasks, AMillionDeepCanBeKilled) {
  Simulation s;
  const auto body = [&]() -> Task<> { co_await dig(s, 1'000'000); };
  const Process process = s.spawn(body());
  s.run_until(Time{1s});
  process.kill();
  EXPECT_TRUE(process.done());
  s.run();
  EXPECT_EQ(s.now(), Time{1s});
}

TEST(Tasks, AnExceptionClimbsTenThousandLevels) {
  Simulation s;
  bool caught = false;
  const auto body = [&]() -> Task<> {
    try {
      co_await dig(s, 10'000);
    } catch (const std::runtime_error&) {
      caught = true;
    }
  };
  s.spawn(body());
  s.run();
  EXPECT_TRUE(caught);
}

// ------------------------------------------------------------------------------------------------ events

Task<> await_event(Simulation& s, Event& event, Log& log, std::string name) {
  co_await event;
  note(s, log, name);
}

TEST(Events, WakeAllInOrderAtTheInstant) {
  Simulation s;
  Log log;
  Event event(s);
  s.spawn(await_event(s, event, log, "a"));
  s.spawn(await_event(s, event, log, "b"));
  const auto setter = [&]() -> Task<> {
    co_await s.delay(10ns);
    event.set();
    note(s, log, "set");
    co_await event;
    note(s, log, "no wait while set");
    event.reset();
    EXPECT_FALSE(event.is_set());
    co_await s.delay(5ns);
    event.set();
  };
  s.spawn(setter());
  const auto late = [&]() -> Task<> {
    co_await s.delay(11ns);
    co_await event;
    note(s, log, "late");
  };
  s.spawn(late());
  s.run();
  EXPECT_EQ(log, (Log{"10 set", "10 no wait while set", "10 a", "10 b", "15 late"}));
}

TEST(Events, WaitingForeverEndsWithTheRun) {
  Simulation s;
  Log log;
  Event event(s);
  const Process p = s.spawn(await_event(s, event, log, "a"));
  s.run();
  EXPECT_TRUE(p.done());
  EXPECT_TRUE(log.empty());
}

// ------------------------------------------------------------------------------------------------ resources

Task<> use(Simulation& s, Resource& r, Log& log, std::string name, std::int64_t units, Duration hold) {
  const Lease lease = co_await r.acquire(units);
  note(s, log, name + " has " + std::to_string(lease.units()));
  co_await s.delay(hold);
}

TEST(Resources, FirstComeFirstServedAndNobodyOvertakes) {
  Simulation s;
  Log log;
  Resource r(s, 3);
  s.spawn(use(s, r, log, "a", 2, 10ns));
  s.spawn(use(s, r, log, "big", 3, 10ns));
  s.spawn(use(s, r, log, "small", 1, 10ns));  // a unit is free, but it came after big
  s.spawn(use(s, r, log, "tiny", 1, 10ns));
  s.run_until(Time{1ns});
  EXPECT_EQ(r.available(), 1);
  EXPECT_EQ(r.waiting(), 3u);
  EXPECT_EQ(r.try_acquire().units(), 0) << "nor does try_acquire overtake";
  s.run();
  EXPECT_EQ(log, (Log{"0 a has 2", "10 big has 3", "20 small has 1", "20 tiny has 1"}));
  EXPECT_EQ(r.available(), 3);
  EXPECT_EQ(r.waiting(), 0u);
}

TEST(Resources, LeaseMovesAndReleasesOnce) {
  Simulation s;
  Resource r(s, 2);
  Lease a = r.try_acquire(2);
  EXPECT_EQ(a.units(), 2);
  Lease b = std::move(a);
  EXPECT_EQ(r.available(), 0);
  b.release();
  b.release();
  EXPECT_EQ(b.units(), 0);
  EXPECT_EQ(r.available(), 2);
  b = r.try_acquire(1);
  b = Lease();
  EXPECT_EQ(r.available(), 2);
}

TEST(Resources, CapacityMayChange) {
  Simulation s;
  Log log;
  Resource r(s, 1);
  s.spawn(use(s, r, log, "a", 1, 10ns));
  s.spawn(use(s, r, log, "b", 2, 10ns));
  const auto changer = [&]() -> Task<> {
    co_await s.delay(2ns);
    r.set_capacity(3);
    co_await s.delay(1ns);
    r.set_capacity(1);
    EXPECT_EQ(r.available(), -2);
  };
  s.spawn(changer());
  s.spawn(use(s, r, log, "c", 1, 1ns));
  s.run();
  EXPECT_EQ(log, (Log{"0 a has 1", "2 b has 2", "12 c has 1"}));
  EXPECT_EQ(r.available(), 1);
}

TEST(Resources, BadAmountsAreBrokenInvariants) {
  Simulation s;
  Resource r(s, 1);
  EXPECT_THROW((void)r.acquire(0), BrokenInvariant);
  EXPECT_THROW((void)r.try_acquire(-1), BrokenInvariant);
  EXPECT_THROW(Resource(s, -1), BrokenInvariant);
  EXPECT_THROW(r.set_capacity(-1), BrokenInvariant);
}

// ------------------------------------------------------------------------------------------------ channels

Task<> receive_n(Simulation& s, Channel<int>& c, Log& log, std::string name, int n) {
  for (int i = 0; i < n; ++i) note(s, log, name + std::to_string(co_await c.receive()));
}

TEST(Channels, UnboundedKeepsTheOrder) {
  Simulation s;
  Log log;
  Channel<int> c(s);
  for (int i = 0; i < 3; ++i) c.push(i);
  EXPECT_EQ(c.size(), 3u);
  s.spawn(receive_n(s, c, log, "a", 5));
  const auto sender = [&]() -> Task<> {
    co_await s.delay(5ns);
    co_await c.send(3);
    co_await c.send(4);
  };
  s.spawn(sender());
  s.run();
  EXPECT_EQ(log, (Log{"0 a0", "0 a1", "0 a2", "5 a3", "5 a4"}));
}

TEST(Channels, ReceiversAreServedInOrder) {
  Simulation s;
  Log log;
  Channel<int> c(s);
  s.spawn(receive_n(s, c, log, "a", 2));
  s.spawn(receive_n(s, c, log, "b", 2));
  const auto sender = [&]() -> Task<> {
    co_await s.delay(1ns);
    for (int i = 0; i < 4; ++i) c.push(i);
    EXPECT_EQ(c.size(), 2u) << "two are promised to those who wait";
    // A late receiver takes the first message that is not promised.
    EXPECT_EQ(co_await c.receive(), 2);
  };
  s.spawn(sender());
  s.run();
  EXPECT_EQ(log, (Log{"1 a0", "1 a3", "1 b1"}));
}

TEST(Channels, FullOneMakesSendersWait) {
  Simulation s;
  Log log;
  Channel<int> c(s, 2);
  const auto sender = [&](int first) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      co_await c.send(first + i);
      note(s, log, "sent " + std::to_string(first + i));
    }
  };
  s.spawn(sender(10));
  s.spawn(sender(20));
  s.run_until(Time{1ns});
  EXPECT_FALSE(c.try_send(99));
  EXPECT_THROW(c.push(99), BrokenInvariant);
  s.spawn(receive_n(s, c, log, "got ", 4));
  s.run();
  EXPECT_EQ(log, (Log{"0 sent 10", "0 sent 11", "1 got 10", "1 got 11", "1 got 20", "1 sent 20", "1 sent 21", "1 got 21"}));
}

TEST(Channels, CloseLetsReceiversDrainThenTellsEveryone) {
  Simulation s;
  Log log;
  Channel<int> c(s, 1);
  const auto sender = [&]() -> Task<> {
    co_await c.send(1);
    try {
      co_await c.send(2);
    } catch (const ChannelClosed&) {
      note(s, log, "send refused");
    }
  };
  const auto closer = [&]() -> Task<> {
    co_await s.delay(1ns);
    c.close();
    EXPECT_THROW(c.try_send(3), ChannelClosed);
    EXPECT_EQ(co_await c.receive(), 1);
    EXPECT_FALSE(co_await c.next());
    try {
      co_await c.receive();
    } catch (const ChannelClosed&) {
      note(s, log, "receive refused");
    }
    EXPECT_FALSE(c.try_receive());
  };
  s.spawn(sender());
  s.spawn(closer());
  s.run();
  EXPECT_EQ(log, (Log{"1 receive refused", "1 send refused"}));
}

TEST(Channels, CloseWakesThoseWhoWaitForNothing) {
  Simulation s;
  Log log;
  Channel<std::unique_ptr<int>> c(s);
  const auto receiver = [&]() -> Task<> {
    int sum = 0;
    while (auto message = co_await c.next()) sum += **message;
    note(s, log, "sum " + std::to_string(sum));
  };
  s.spawn(receiver());
  const auto sender = [&]() -> Task<> {
    co_await s.delay(1ns);
    c.push(std::make_unique<int>(1));
    c.push(std::make_unique<int>(2));
    co_await s.delay(1ns);
    c.close();
  };
  s.spawn(sender());
  s.run();
  EXPECT_EQ(log, (Log{"2 sum 3"}));
}

// ------------------------------------------------------------------------------------------------ join, scope

TEST(Joins, GoOnHoweverTheProcessEnded) {
  Simulation s;
  Log log;
  const Process ends = s.spawn(sleep_for(s, 5ns));
  const Process killed = s.spawn(sleep_for(s, 100ns));
  const auto joiner = [&](const char* name, Process p) -> Task<> {
    co_await p.join();
    note(s, log, name);
    co_await p.join();
    co_await Process().join();
  };
  s.spawn(joiner("a", ends));
  s.spawn(joiner("b", killed));
  const auto killer = [&]() -> Task<> {
    co_await s.delay(7ns);
    killed.kill();
    EXPECT_TRUE(killed.done());
  };
  s.spawn(killer());
  s.run();
  EXPECT_EQ(log, (Log{"5 a", "7 b"}));
  EXPECT_EQ(s.now(), Time{7ns});
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
  const auto body = [&]() -> Task<> { winner = co_await any_of(s, tasks(sleep_for(s, 1h), sleep_for(s, 5ns), sleep_for(s, 5ns))); };
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
