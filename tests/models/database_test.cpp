// Checks the database on hand-worked numbers: start, round trips, the one thread and its line, CPU credits, memory, crashes in
// every stage of an operation, recovery, partitions and the rent. Does not check tensors: there are none here.
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
  config.node = "elasticache.m5.large";  // 1260 MB/s, no CPU credits
  config.startup = constant(0s);
  return config;
}

struct DatabaseTest : testing::Test, World {
  HostId client = network.add_host("client", {});
  Machines machines{simulation, journal, network, booting_in(100s)};
  std::unique_ptr<Databases> service;
  std::unique_ptr<Database> database;

  static MachinesConfig booting_in(Duration boot) {
    MachinesConfig config;
    config.boot = constant(boot);
    config.boot_growth.clear();
    return config;
  }
  /// Rents a database and waits until it answers.
  void open(DatabaseConfig config = plain(), SiteId at = Network::region, Provisioning provisioning = Provisioning::counted) {
    order(std::move(config), at, provisioning);
    boot(database->start(boots));
  }
  void order(DatabaseConfig config, SiteId at = Network::region, Provisioning provisioning = Provisioning::counted) {
    database.reset();
    service = std::make_unique<Databases>(simulation, journal, network, machines, std::move(config), provisioning);
    database = service->rent("database-1", at);
  }
  void boot(sim::Task<> task) {
    bool done = false;
    const auto finish = [&](sim::Task<> t) -> sim::Task<> {
      co_await std::move(t);
      done = true;
    };
    simulation.spawn(finish(std::move(task)));
    for (sim::Time at = simulation.now(); !done; at += 1s) simulation.run_until(at);
  }
  sim::Process start(sim::Task<> operation, Outcome& outcome, Duration after = 0s) {
    return simulation.spawn(observe<DatabaseDown>(simulation, std::move(operation), outcome, after));
  }
  Context boots{.actor = journal.actors.id("database-1"), .phase = Phase::boot, .round = -1};
};

TEST_F(DatabaseTest, ReadsAndWritesAreARoundTripACopyAndTheWire) {
  open();
  Outcome read, write;
  start(database->read(client, {63'000'000}, context), read);
  simulation.run();
  EXPECT_EQ(read.at, 5ms + 126ms + 5ms + 50ms);  // copied at 1 GB/s (in and out), moved at 1260 MB/s
  start(database->write(client, 1, {63'000'000}, context), write);
  simulation.run();
  EXPECT_EQ(write.at - read.at, 186ms);
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

// facts 9: the average of 16 gradients of 46.8 MB, written to one, takes 35 to 49 ms on resident memory.
TEST_F(DatabaseTest, TheDefaultMemoryBandwidthGivesTheMeasuredAverage) {
  order({});
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
  for (Duration after = 0ms; after <= 200ms; after += 1ms) {  // 5 ms, 50 ms on the wire, 126 ms in the thread, 5 ms back
    database->keep(1, {1000});
    Outcome outcome;
    sim::Process victim = start(database->write(client, 1, {63'000'000}, context), outcome);
    simulation.run_until(sim::Time(start_at + after));
    victim.kill();
    const bool through = after >= 181ms;
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
  simulation.run_until(sim::Time(150ms));
  database->fail();
  EXPECT_THROW(database->keep(2, {1}), DatabaseDown);
  boot(database->restart(boots));
  simulation.run();
  EXPECT_NE(write.error, "");
  EXPECT_EQ(database->held(), Bytes{1000});
}

TEST_F(DatabaseTest, ACrashEndsEveryStageAtOnce) {
  open();
  Outcome asking, working, waiting, answering;
  start(database->read(client, {630'000'000}, context), answering, 500ms);  // on the wire from 1.77 to 2.27 s
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
  simulation.spawn(database->restart(boots));
  simulation.spawn(database->restart(boots));  // no effect
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
  boot(database->restart(boots));
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
  EXPECT_DOUBLE_EQ(charged("elasticache.m5.large"), 2);
  EXPECT_DOUBLE_EQ(journal.ledger.total(CostKind::machines).value, 2 * 0.156);
  EXPECT_EQ(journal.ledger.charges()[0].context, (Context{database->actor(), Phase::rent, -1}));
  EXPECT_EQ(network.hosts(), 1u);
  ASSERT_EQ(journal.rentals.size(), 1u);
  const Rental& rental = journal.rentals[0];
  EXPECT_EQ(rental.actor, database->actor());
  EXPECT_EQ(rental.item, journal.ledger.prices().item("elasticache.m5.large"));
  EXPECT_EQ(rental.rented, sim::Time(0s));
  EXPECT_EQ(rental.released, sim::Time(3600s + 1ns));
  EXPECT_EQ(rental.billed, 2h);

  DatabaseConfig small = plain();
  small.node = "elasticache.t3.medium";
  open(small);
  simulation.run_until(sim::Time(4000s));
  database.reset();  // releases
  EXPECT_DOUBLE_EQ(charged("elasticache.t3.medium"), 1);
}

TEST_F(DatabaseTest, ANodeOnAMachineIsAMachine) {
  DatabaseConfig config = plain();
  config.node = "ec2.t2.medium";
  open(config);
  EXPECT_EQ(simulation.now(), sim::Time(100s)) << "it boots as machines do";
  EXPECT_EQ(database->capacity(), Memory{4096}.bytes());
  simulation.run_until(sim::Time(101s));
  database->fail();
  boot(database->restart(boots));
  EXPECT_EQ(simulation.now(), sim::Time(201s)) << "and as long after a crash";
  database->release();
  EXPECT_DOUBLE_EQ(charged("ec2.t2.medium"), 201.0 / 3600);
  open(config, Network::region, Provisioning::before_start);
  database->release();
  EXPECT_DOUBLE_EQ(charged("ec2.t2.medium"), (201.0 + 100) / 3600) << "whether it has to boot is the machines' provisioning";
}

TEST_F(DatabaseTest, ItAnswersWhenItHasStarted) {
  DatabaseConfig config = plain();
  config.startup = constant(300s);
  order(config);
  Outcome too_early, in_time;
  simulation.spawn(database->start(boots));
  start(database->ping(client, context), too_early);
  start(database->ping(client, context), in_time, 299500ms);
  EXPECT_FALSE(database->up());
  EXPECT_THROW(database->keep(1, {1}), DatabaseDown);
  simulation.run();
  EXPECT_EQ(too_early.at, 1s);
  EXPECT_THAT(too_early.error, HasSubstr("has not started"));
  EXPECT_EQ(in_time.error, "");
  EXPECT_EQ(in_time.at, 300s + 10ms);
  ASSERT_EQ(journal.spans.size(), 1u);
  EXPECT_EQ(journal.spans[0].context.phase, Phase::boot);
  EXPECT_EQ(journal.spans[0].end, sim::Time(300s));
}

TEST_F(DatabaseTest, ACrashBeforeTheFirstStartIsOverChangesNothing) {
  DatabaseConfig config = plain();
  config.startup = constant(300s);
  order(config);
  simulation.spawn(database->start(boots));
  simulation.run_until(sim::Time(100s));
  database->fail();
  boot(database->restart(boots));
  EXPECT_EQ(simulation.now(), sim::Time(300s));
  EXPECT_TRUE(database->up());
  EXPECT_EQ(database->crashes(), 0);
}

TEST_F(DatabaseTest, ACrashedNodeTakesAsLongToComeBackAsToStart) {
  DatabaseConfig config = plain();
  config.startup = constant(300s);
  open(config, Network::region, Provisioning::before_start);
  EXPECT_EQ(simulation.now(), sim::Time(0s)) << "it was there before the start";
  database->fail();
  boot(database->restart(boots));
  EXPECT_EQ(simulation.now(), sim::Time(300s)) << "this start is in the run";
  EXPECT_TRUE(database->up());
}

// A t3.small has 2 vCPUs and earns 24 credits an hour: 0.4 vCPU for good. One busy thread at full speed uses up 0.6 vCPU-seconds
// of credits a second. The provider's burstable database nodes slow down; there is no surplus.
TEST_F(DatabaseTest, WithoutCpuCreditsTheThreadSlowsToItsBaseline) {
  DatabaseConfig config = plain();
  config.node = "elasticache.t3.small";
  open(config);
  Outcome saved, poor, killed, after;
  start(database->command(client, 10s, context), saved, 15s);  // saved 15.005 × 0.4 = 6.002 vCPU-seconds, needs 6
  simulation.run_until(sim::Time(26s));
  EXPECT_EQ(saved.at, 25s + 10ms);
  // 0.002 left and 0.4 more for each of the 0.995 + 0.005 s until the thread begins: 0.4 of 4 s, at 0.6 a second 0.67 s.
  start(database->command(client, 4s, context), poor);
  simulation.run_until(sim::Time(60s));
  const double rich_s = (0.002 + 0.4 * 1.0) / 0.6;
  EXPECT_NEAR(to_seconds(poor.at), 26.01 + rich_s + (4 - rich_s) / 0.4, 1e-6);
  // Who waits behind one that is killed begins at once, with what that one has left.
  const sim::Process victim = start(database->command(client, 1000s, context), killed);
  start(database->command(client, 4s, context), after);
  simulation.run_until(sim::Time(160s));
  victim.kill();
  simulation.run();
  EXPECT_FALSE(killed.done);
  EXPECT_NEAR(to_seconds(after.at), 160.005 + 4 / 0.4, 1e-6);
  database->release();
  EXPECT_DOUBLE_EQ(journal.rentals.back().surplus_vcpu_s, 0);
  EXPECT_EQ(journal.ledger.charges().size(), 1u);
}

// 100 s of start-up earn 40 vCPU-seconds: 60 s of work need 36 of them, and take no longer.
TEST_F(DatabaseTest, CpuCreditsAreEarnedWhileItStarts) {
  for (const Provisioning provisioning : {Provisioning::counted, Provisioning::before_start}) {
    DatabaseConfig config = plain();
    config.node = "elasticache.t3.small";
    config.startup = constant(100s);
    open(config, Network::region, provisioning);
    const sim::Time begun = simulation.now();
    Outcome work;
    start(database->command(client, 60s, context), work);
    for (sim::Time at = begun; !work.done; at += 1s) simulation.run_until(at);
    EXPECT_EQ(work.at, begun.time_since_epoch() + 60s + 10ms);
  }
}

TEST_F(DatabaseTest, ANodeOnAnUnlimitedMachinePaysForItsSurplus) {
  DatabaseConfig config = plain();
  config.node = "ec2.t3.small";
  open(config);
  Outcome long_work;
  start(database->command(client, 1000s, context), long_work);
  simulation.run();
  EXPECT_EQ(long_work.at, 100s + 1000s + 10ms) << "full speed";
  database->release();
  EXPECT_NEAR(journal.rentals.back().surplus_vcpu_s, 1000 * 0.6, 1);
  EXPECT_NEAR(charged("ec2.cpu_credits"), 600.0 / 3600, 1e-3);
}

// What a client draws does not depend on what others do.
TEST_F(DatabaseTest, LatenciesAreDrawnByTheClient) {
  DatabaseConfig config = plain();
  config.latency = lognormal({.median = 10ms, .p99 = 50ms});
  const auto times = [&](bool company) {
    World world;
    Machines rented(world.simulation, world.journal, world.network, {});
    Databases databases(world.simulation, world.journal, world.network, rented, config, Provisioning::before_start);
    const auto node = databases.rent("database-1");
    world.simulation.spawn(node->start(world.context));
    const HostId here = world.network.add_host("client", {});
    const Context other{world.journal.actors.id("other"), Phase::fetch, 0};
    std::vector<Outcome> mine(5), theirs(5);
    for (int i = 0; i < 5; ++i) {
      const auto n = static_cast<std::size_t>(i);
      if (company) world.simulation.spawn(observe(world.simulation, node->ping(here, other), theirs[n], Duration(i * 1s + 1ms)));
      world.simulation.spawn(observe(world.simulation, node->ping(here, world.context), mine[n], Duration(i * 1s + 2ms)));
    }
    world.simulation.run();
    std::vector<Duration> at;
    for (const Outcome& outcome : mine) at.push_back(outcome.at);
    return at;
  };
  EXPECT_EQ(times(false), times(true));
}

TEST_F(DatabaseTest, WhatIsGivenBackAnswersNobody) {
  open();
  Outcome under_way, later;
  start(database->command(client, 10s, context), under_way);
  start(database->ping(client, context), later, 2s);
  simulation.run_until(sim::Time(1s));
  database->release();
  simulation.spawn(database->restart(boots));  // no effect
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
  DatabaseConfig no_startup = plain();
  no_startup.startup = lognormal({.median = 10s, .p99 = 1s});
  EXPECT_THROW(open(no_startup), InputError);
  DatabaseConfig no_bandwidth = plain();
  no_bandwidth.memory_bandwidth = {0};
  EXPECT_THROW(open(no_bandwidth), InputError);
}

}  // namespace
}  // namespace windtunnel::models
