// Checks waiting for events, resources, channels and the end of processes, each in its ordinary use. Killing is checked
// in kill_test, several waits at once in combine_test.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/channel.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/simulation.h"
#include "tests/sim/actors.h"

namespace windtunnel::sim {
namespace {

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
  EXPECT_EQ(log,
            (Log{"0 sent 10", "0 sent 11", "1 got 10", "1 got 11", "1 got 20", "1 sent 20", "1 sent 21", "1 got 21"}));
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

}  // namespace
}  // namespace windtunnel::sim
