// Checks the database on hand-worked numbers: round trips, the one thread and its line, memory, crashes in every stage of an
// operation, recovery, partitions and the rent. Does not check tensors: there are none here.
#include "models/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/models/wired_world.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using namespace wired;

DatabaseConfig plain() {
  DatabaseConfig config;
  config.latency = constant(10ms);  // 5 ms there, 5 ms back
  config.command_time = 0ns;
  config.memory_bandwidth = {1e9};
  return config;
}

struct DatabaseTest : testing::Test, World {
  HostId client = network.add_host("client", {});
  std::unique_ptr<Database> database;

  void open(DatabaseConfig config = plain(), SiteId at = Network::region) {
    database = std::make_unique<Database>(simulation, journal, network, config, "database-1", at);
  }
  sim::Process start(sim::Task<> operation, Outcome& outcome, Duration after = 0s) {
    return simulation.spawn(observe<DatabaseDown>(simulation, std::move(operation), outcome, after));
  }
};

TEST_F(DatabaseTest, ReadsAndWritesAreARoundTripACopyAndTheWire) {
  open();
  Outcome read, write;
  start(database->read(client, {63'000'000}, context), read);
  simulation.run();
  EXPECT_EQ(read.at, 5ms + 126ms + 5ms + 100ms);  // copied at 1 GB/s (in and out), moved at 630 MB/s
  start(database->write(client, 1, {63'000'000}, context), write);
  simulation.run();
  EXPECT_EQ(write.at - read.at, 236ms);
  EXPECT_TRUE(database->holds(1));
  EXPECT_EQ(database->held(), Bytes{63'000'000});
  ASSERT_EQ(journal.transfers().size(), 1u);
  EXPECT_EQ(journal.transfers()[0].service, "database");
  EXPECT_EQ(journal.transfers()[0].bytes, Bytes{126'000'000});
}

TEST_F(DatabaseTest, CommandsAreServedOneAtATimeInTheirOrder) {
  open();
  Outcome first, second, third;
  start(database->command(client, 100ms, context), first);
  start(database->command(client, 50ms, context), second, 1ms);
  start(database->ping(client, context), third, 2ms);
  simulation.run_until(sim::Time(50ms));
  EXPECT_EQ(database->waiting(), 2u);
  simulation.run();
  EXPECT_EQ(first.at, 110ms);
  EXPECT_EQ(second.at, 160ms);
  EXPECT_EQ(third.at, 160ms) << "even a ping waits for the thread";
}

TEST_F(DatabaseTest, ACommandCostsItsTimeEvenWithoutWork) {
  DatabaseConfig config = plain();
  config.command_time = 1ms;
  open(config);
  std::vector<Outcome> pings(10);
  for (Outcome& ping : pings) start(database->ping(client, context), ping);
  simulation.run();
  EXPECT_EQ(pings.front().at, 11ms);
  EXPECT_EQ(pings.back().at, 20ms);
}

// redisai.md 7.4: the average of 16 gradients of 46.8 MB, written to one, takes 35 to 49 ms on resident memory.
TEST_F(DatabaseTest, TheDefaultMemoryBandwidthGivesTheMeasuredAverage) {
  open({});
  const Duration average = database->work({.read = {16 * 46'800'000}, .written = {46'800'000}});
  EXPECT_GE(average, 35ms);
  EXPECT_LE(average, 49ms);
}

TEST_F(DatabaseTest, WhatDoesNotFitIsRefusedByName) {
  DatabaseConfig config = plain();
  config.node = "elasticache.t3.micro";  // 512 MB of 2^20 bytes
  open(config);
  EXPECT_EQ(database->capacity(), Bytes{512 << 20});
  database->keep(1, {500 << 20});
  Outcome fits, too_much;
  simulation.spawn(observe<OutOfMemory>(simulation, database->write(client, 2, {12 << 20}, context), fits));
  simulation.spawn(observe<OutOfMemory>(simulation, database->write(client, 3, {1 << 20}, context), too_much, 10s));
  simulation.run();
  EXPECT_EQ(fits.error, "");
  EXPECT_THAT(too_much.error, HasSubstr("database-1"));
  EXPECT_THAT(too_much.error, HasSubstr("1.049 MB more do not fit in elasticache.t3.micro (536.9 MB of 536.9 MB in use)"))
      << "one system of units";
  EXPECT_FALSE(database->holds(3));
  EXPECT_THROW(database->keep(4, {1}), OutOfMemory);
  EXPECT_THROW(database->keep(2, {1}), OutOfMemory) << "old and new are both there for a moment";
  database->erase(1);
  database->keep(2, {1});
  EXPECT_EQ(database->held(), Bytes{1});
}

TEST_F(DatabaseTest, AValueThatIsWrittenAgainIsHeldOnce) {
  open();
  Outcome first, again, other;
  start(database->write(client, 1, {1000}, context), first);
  start(database->write(client, 1, {400}, context), again, 1s);
  start(database->write(client, 2, {50}, context), other, 2s);
  simulation.run();
  EXPECT_EQ(database->held(), Bytes{450});
}

// Killed at every millisecond of a write over an old value: the account is right at each, and the old value is there until
// the server's thread is through with the new one.
TEST_F(DatabaseTest, AWriteThatIsKilledLeavesTheOldValueOrTheNewOne) {
  open();
  Duration start_at{0};
  for (Duration after = 0ms; after <= 250ms; after += 1ms) {  // 5 ms, 100 ms on the wire, 126 ms in the thread, 5 ms back
    database->keep(1, {1000});
    Outcome outcome;
    sim::Process victim = start(database->write(client, 1, {63'000'000}, context), outcome);
    simulation.run_until(sim::Time(start_at + after));
    victim.kill();
    const bool through = after >= 231ms;
    EXPECT_EQ(database->held(), through ? Bytes{63'000'000} : Bytes{1000}) << after.count();
    start_at += after + 1s;
    simulation.run_until(sim::Time(start_at));
    EXPECT_EQ(database->held(), through ? Bytes{63'000'000} : Bytes{1000}) << after.count();
    database->erase(1);
  }
}

TEST_F(DatabaseTest, AWriteDuringWhichTheServerGoesDownLeavesTheOldValue) {
  DatabaseConfig config = plain();
  config.persistent = true;
  open(config);
  database->keep(1, {1000});
  Outcome write;
  start(database->write(client, 1, {63'000'000}, context), write);
  simulation.run_until(sim::Time(200ms));
  database->fail();
  EXPECT_THROW(database->keep(2, {1}), DatabaseDown);
  database->recover();
  simulation.run();
  EXPECT_NE(write.error, "");
  EXPECT_EQ(database->held(), Bytes{1000});
}

TEST_F(DatabaseTest, ACrashEndsEveryStageAtOnce) {
  open();
  Outcome asking, working, waiting, answering;
  start(database->read(client, {630'000'000}, context), answering);              // on the wire from 1.27 s on
  start(database->command(client, 10s, context), working, 1500ms);
  start(database->command(client, 10s, context), waiting, 1600ms);
  start(database->write(client, 1, {630'000'000}, context), asking, 1700ms);
  simulation.run_until(sim::Time(2s));
  database->fail();
  database->fail();  // no effect
  EXPECT_FALSE(database->up());
  EXPECT_EQ(database->crashes(), 1);
  simulation.run();
  for (const Outcome* outcome : {&asking, &working, &waiting, &answering}) {
    EXPECT_EQ(outcome->at, 2s);
    EXPECT_THAT(outcome->error, HasSubstr("database-1"));
  }
  EXPECT_EQ(network.flows(), 0u);
}

TEST_F(DatabaseTest, WhileItIsDownClientsTryToConnectForAWhile) {
  open();
  database->fail();
  Outcome too_early, in_time;
  start(database->ping(client, context), too_early);
  start(database->ping(client, context), in_time, 500ms);
  simulation.run_until(sim::Time(1200ms));
  EXPECT_EQ(too_early.at, 1s);
  EXPECT_NE(too_early.error, "");
  database->recover();
  database->recover();  // no effect
  simulation.run();
  EXPECT_EQ(in_time.error, "");
  EXPECT_EQ(in_time.at, 1210ms);
}

TEST_F(DatabaseTest, ACrashLosesTheContentsUnlessTheyArePersistent) {
  open();
  database->keep(1, {1000});
  database->fail();
  EXPECT_EQ(database->held(), Bytes{0});
  EXPECT_FALSE(database->holds(1));
  DatabaseConfig config = plain();
  config.persistent = true;
  open(config);
  database->keep(1, {1000});
  database->fail();
  database->recover();
  EXPECT_EQ(database->held(), Bytes{1000});
}

TEST_F(DatabaseTest, AKilledClientLeavesTheThreadToTheNext) {
  open();
  Outcome killed, next;
  sim::Process victim = start(database->command(client, 10s, context), killed);
  start(database->command(client, 1s, context), next, 1s);
  simulation.run_until(sim::Time(2s));
  victim.kill();
  simulation.run();
  EXPECT_FALSE(killed.done);
  EXPECT_EQ(next.at, 3005ms);
  database->fail();  // nothing is served any more: no harm
}

TEST_F(DatabaseTest, BehindACutItIsDownForThoseOutside) {
  const SiteId corner = network.add_corner("peer-1");
  open(plain(), corner);
  network.cut({corner});
  Outcome outcome;
  start(database->read(client, {1}, context), outcome);
  simulation.run();
  EXPECT_EQ(outcome.at, 1s);
  EXPECT_NE(outcome.error, "");
}

// Each started hour of a node in full; a machine by the second, a minute at least: as the price sheet says.
TEST_F(DatabaseTest, TheRentIsForItsLifeInWholeSteps) {
  open();
  simulation.run_until(sim::Time(3600s + 1ns));
  database->release();
  database->release();  // once
  EXPECT_DOUBLE_EQ(charged("elasticache.t3.medium"), 2);
  EXPECT_DOUBLE_EQ(journal.ledger.total(CostKind::machines).value, 2 * 0.068);
  EXPECT_EQ(journal.ledger.charges()[0].context.actor, database->actor());
  EXPECT_EQ(network.hosts(), 1u);

  DatabaseConfig by_the_hour = plain();
  by_the_hour.node = "elasticache.m5.large";
  open(by_the_hour);
  simulation.run_until(sim::Time(4000s));
  database.reset();  // releases
  EXPECT_DOUBLE_EQ(charged("elasticache.m5.large"), 1);

  DatabaseConfig on_a_machine = plain();
  on_a_machine.node = "ec2.t2.medium";
  open(on_a_machine);
  EXPECT_EQ(database->capacity(), Memory{4096}.bytes());
  simulation.run_until(sim::Time(4001s));
  database->release();
  EXPECT_DOUBLE_EQ(charged("ec2.t2.medium"), 60.0 / 3600) << "the minimum";
}

TEST_F(DatabaseTest, WhatIsGivenBackAnswersNobody) {
  open();
  Outcome under_way, later;
  start(database->command(client, 10s, context), under_way);
  start(database->ping(client, context), later, 2s);
  simulation.run_until(sim::Time(1s));
  database->release();
  database->recover();
  EXPECT_FALSE(database->up());
  simulation.run();
  EXPECT_EQ(under_way.at, 1s);
  EXPECT_NE(under_way.error, "");
  EXPECT_EQ(later.at, 2s);
  EXPECT_THAT(later.error, HasSubstr("given back"));
}

TEST_F(DatabaseTest, BadSettingsAreRefused) {
  DatabaseConfig unknown = plain();
  unknown.node = "elasticache.t3.medum";
  try {
    open(unknown);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"elasticache.t3.medium\""));
  }
  DatabaseConfig no_bandwidth = plain();
  no_bandwidth.memory_bandwidth = {0};
  EXPECT_THROW(open(no_bandwidth), InputError);
}

}  // namespace
}  // namespace windtunnel::models
