// Checks the object store on hand-worked numbers: time of a request, its price, its bandwidth, request limits with refusals
// and back-off, and the bill for storage. Does not check sharing of the client's card: network_test.cpp does.
#include "models/object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/wired_world.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using namespace wired;

ObjectStoreConfig plain() {
  ObjectStoreConfig config;
  config.latency = constant(80ms);
  config.bandwidth_sd = {0};
  return config;
}

struct ObjectStoreTest : testing::Test, World {
  HostId client = network.add_host("client", {});
};

TEST_F(ObjectStoreTest, ARequestIsItsLatencyAndItsBytesOnOneConnection) {
  ObjectStore store(simulation, journal, network, plain());
  Outcome got, put;
  simulation.spawn(observe(simulation, store.get(client, {65'000'000}, context), got));
  simulation.spawn(observe(simulation, store.put(client, {6'500'000}, context), put));
  simulation.run();
  EXPECT_EQ(got.at, 1080ms);
  EXPECT_EQ(put.at, 180ms);
  EXPECT_EQ(charged("s3.get"), 1);
  EXPECT_EQ(charged("s3.put"), 1);
  EXPECT_DOUBLE_EQ(journal.ledger.total().value, 0.0000004 + 0.000005);
  ASSERT_EQ(journal.transfers().size(), 1u);
  EXPECT_EQ(journal.transfers()[0].service, "s3");
  EXPECT_EQ(journal.transfers()[0].bytes, Bytes{71'500'000});
  EXPECT_TRUE(journal.faults.empty());
}

TEST_F(ObjectStoreTest, EachConnectionHasItsOwnBandwidth) {
  ObjectStore store(simulation, journal, network, plain());
  std::vector<Outcome> outcomes(100);
  for (Outcome& outcome : outcomes) simulation.spawn(observe(simulation, store.get(client, {65'000'000}, context), outcome));
  simulation.run();
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.at, 1080ms);
}

TEST_F(ObjectStoreTest, TheBandwidthVariesAsMeasured) {
  ObjectStoreConfig config = plain();
  config.latency = constant(0ms);
  config.bandwidth_sd = {7e6};
  ObjectStore store(simulation, journal, network, config);
  std::vector<Outcome> outcomes(2000);
  for (Outcome& outcome : outcomes) simulation.spawn(observe(simulation, store.get(client, {65'000'000}, context), outcome));
  simulation.run();
  double sum = 0, squares = 0;
  for (const Outcome& outcome : outcomes) {
    const double rate = 65 / to_seconds(outcome.at);
    sum += rate;
    squares += rate * rate;
  }
  const double mean = sum / 2000;
  EXPECT_NEAR(mean, 65, 5 * 7 / std::sqrt(2000.0));
  EXPECT_NEAR(std::sqrt(squares / 2000 - mean * mean), 7, 0.6);
}

// 3 requests per second: 3 are taken at once, the fourth is refused, pauses, and comes in when there is an allowance again.
TEST_F(ObjectStoreTest, BeyondItsRateItRefusesAndTheClientTriesAgain) {
  ObjectStoreConfig config = plain();
  config.get_rate = 3;
  ObjectStore store(simulation, journal, network, config);
  std::vector<Outcome> outcomes(4);
  for (Outcome& outcome : outcomes) simulation.spawn(observe(simulation, store.get(client, {0}, context), outcome));
  simulation.run();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].at, 80ms);
  EXPECT_EQ(outcomes[3].error, "");
  EXPECT_GE(outcomes[3].at, 333ms + 80ms) << "a third of a second for the next allowance, then its latency";
  EXPECT_LT(outcomes[3].at, 3s);
  EXPECT_GE(store.refused(), 1);
  EXPECT_EQ(charged("s3.get"), 4) << "refusals are free";
  ASSERT_EQ(journal.faults.size(), 1u);
  EXPECT_EQ(journal.faults[0].kind, "throttled");
  EXPECT_THAT(journal.faults[0].detail, HasSubstr("503"));
}

TEST_F(ObjectStoreTest, ARequestThatIsRefusedTooOftenFails) {
  ObjectStoreConfig config = plain();
  config.put_rate = 1;
  config.attempts = 2;
  config.backoff = 0ms;
  ObjectStore store(simulation, journal, network, config);
  Outcome first, second;
  simulation.spawn(observe<Throttled>(simulation, store.put(client, {0}, context), first));
  simulation.spawn(observe<Throttled>(simulation, store.put(client, {0}, context), second));
  simulation.run();
  EXPECT_EQ(first.error, "");
  EXPECT_THAT(second.error, HasSubstr("refused a write 2 times"));
  EXPECT_EQ(second.at, 160ms) << "two refusals of 80 ms";
  EXPECT_EQ(store.refused(), 2);
  EXPECT_EQ(journal.faults.size(), 2u);
}

TEST_F(ObjectStoreTest, PrefixesAndKindsOfRequestHaveAllowancesOfTheirOwn) {
  ObjectStoreConfig config = plain();
  config.get_rate = config.put_rate = 1;
  ObjectStore store(simulation, journal, network, config);
  const ObjectStore::Prefix other = store.prefix();
  std::vector<Outcome> outcomes(3);
  simulation.spawn(observe(simulation, store.get(client, {0}, context), outcomes[0]));
  simulation.spawn(observe(simulation, store.get(client, {0}, context, other), outcomes[1]));
  simulation.spawn(observe(simulation, store.put(client, {0}, context), outcomes[2]));
  simulation.run();
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.at, 80ms);
  EXPECT_EQ(store.refused(), 0);
}

TEST_F(ObjectStoreTest, TheAllowanceHoldsInTheLongRun) {
  ObjectStoreConfig config = plain();
  config.put_rate = 50;
  config.attempts = 1000;
  ObjectStore store(simulation, journal, network, config);
  std::vector<Outcome> outcomes(500);
  for (Outcome& outcome : outcomes) simulation.spawn(observe(simulation, store.put(client, {0}, context), outcome));
  simulation.run();
  Duration last{0};
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.error, "");
    last = std::max(last, outcome.at);
  }
  EXPECT_GE(last, 9s + 80ms) << "50 at once, 450 at 50 per second";
}

// 10 GiB for 15 days and 20 GiB for another 15 days are 15 GB-months.
TEST_F(ObjectStoreTest, StorageIsBilledByTheGbMonth) {
  ObjectStore store(simulation, journal, network, plain());
  constexpr std::int64_t gib = std::int64_t{1} << 30;
  store.hold({10 * gib});
  simulation.run_until(sim::Time(std::chrono::hours(15 * 24)));
  store.hold({10 * gib});
  simulation.run_until(sim::Time(std::chrono::hours(30 * 24)));
  store.erase({20 * gib});
  simulation.run_until(sim::Time(std::chrono::hours(60 * 24)));
  store.settle(context);
  store.settle(context);
  EXPECT_NEAR(charged("s3.storage"), 15, 1e-9);
  EXPECT_NEAR(journal.ledger.total(CostKind::storage).value, 15 * 0.023, 1e-9);
  EXPECT_THROW(store.erase({1}), BrokenInvariant);
}

TEST_F(ObjectStoreTest, WhatIsPutStays) {
  ObjectStore store(simulation, journal, network, plain());
  simulation.spawn(store.put(client, {1000}, context));
  simulation.run();
  EXPECT_EQ(store.stored(), Bytes{1000});
}

TEST_F(ObjectStoreTest, FromAfarTheLinksLatencyIsAdded) {
  const SiteId far = network.add_site("far");
  network.add_link({.a = Network::region, .b = far, .latency = 40ms});
  const HostId other = network.add_host("other", {}, far);
  ObjectStore store(simulation, journal, network, plain());
  Outcome outcome;
  simulation.spawn(observe(simulation, store.get(other, {0}, context), outcome));
  simulation.run();
  EXPECT_EQ(outcome.at, 120ms);
}

TEST_F(ObjectStoreTest, BadSettingsAreRefused) {
  ObjectStoreConfig no_bandwidth = plain();
  no_bandwidth.bandwidth = {0};
  EXPECT_THROW(ObjectStore(simulation, journal, network, no_bandwidth), InputError);
  ObjectStoreConfig no_attempts = plain();
  no_attempts.attempts = 0;
  EXPECT_THROW(ObjectStore(simulation, journal, network, no_attempts), InputError);
  ObjectStoreConfig no_rate = plain();
  no_rate.put_rate = 0;
  EXPECT_THROW(ObjectStore(simulation, journal, network, no_rate), InputError);
}

}  // namespace
}  // namespace windtunnel::models
