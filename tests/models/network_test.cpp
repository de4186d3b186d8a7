// Checks transfers on hand-worked numbers: latency, cards, links, servers of functions, caps, kills, lost links, cuts,
// removed hosts, what is written down, and that hosts cost no search. Does not check fairness as such: fair_share_test.cpp.
#include "models/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/wired_world.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using namespace wired;

constexpr Bandwidth mb(double n) { return {n * 1e6}; }

struct NetworkTest : testing::Test, World {
  HostId host(double up_mb, double down_mb, SiteId at = Network::region) {
    return network.add_host("host-" + std::to_string(network.hosts()), {mb(up_mb), mb(down_mb)}, at);
  }
  sim::Process start(Network::Transfer transfer, Outcome& outcome, Duration after = 0s) {
    return simulation.spawn(observe<Unreachable>(simulation, network.transfer(transfer, context, "network"), outcome, after));
  }
};

TEST_F(NetworkTest, LatencyThenTheBytesAtTheSlowerCard) {
  const HostId a = host(50, 1000), b = host(1000, 20);
  Outcome there, back, nothing;
  start({.from = a, .to = b, .bytes = {10'000'000}}, there);
  simulation.run();
  EXPECT_EQ(there.at, 510ms);  // 10 ms, then 10 MB at 20 MB/s
  start({.from = b, .to = a, .bytes = {10'000'000}}, back);
  simulation.run();
  EXPECT_EQ(back.at - there.at, 20ms);  // at 1000 MB/s
  start({.from = a, .to = b, .bytes = {0}}, nothing);
  simulation.run();
  EXPECT_EQ(nothing.at - back.at, 10ms);
}

TEST_F(NetworkTest, TheTwoDirectionsOfACardDoNotShare) {
  const HostId a = host(10, 10), b = host(10, 10);
  Outcome there, back;
  start({.from = a, .to = b, .bytes = {10'000'000}}, there);
  start({.from = b, .to = a, .bytes = {10'000'000}}, back);
  simulation.run();
  EXPECT_EQ(there.at, 1010ms);
  EXPECT_EQ(back.at, 1010ms);
}

TEST_F(NetworkTest, SendersShareTheReceiversCard) {
  const HostId to = host(100, 100);
  Outcome outcomes[4];
  for (Outcome& outcome : outcomes) start({.from = host(100, 100), .to = to, .bytes = {25'000'000}}, outcome);
  simulation.run();
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.at, 1010ms);
}

TEST_F(NetworkTest, UnlimitedCardsAndCaps) {
  const HostId a = network.add_host("a", {}), b = network.add_host("b", {});
  Outcome free, capped;
  start({.from = a, .to = b, .bytes = {1'000'000'000}}, free);
  start({.from = a, .to = b, .bytes = {65'000'000}, .cap = mb(65)}, capped);
  simulation.run();
  EXPECT_EQ(free.at, 10ms);
  EXPECT_EQ(capped.at, 1010ms);
}

TEST_F(NetworkTest, ALinkHasALatencyAndABandwidthPerDirection) {
  const SiteId far = network.add_site("far");
  network.add_link({.a = Network::region, .b = far, .latency = 40ms, .bandwidth = mb(10)});
  const HostId here = host(100, 100), there = host(100, 100, far);
  EXPECT_EQ(network.latency(here, there), 50ms);
  EXPECT_EQ(network.distance(here, there), 40ms);
  EXPECT_EQ(network.latency(here, here), 10ms);
  Outcome one, two, back;
  start({.from = here, .to = there, .bytes = {5'000'000}}, one);
  start({.from = here, .to = there, .bytes = {5'000'000}}, two);
  start({.from = there, .to = here, .bytes = {5'000'000}}, back);
  simulation.run();
  EXPECT_EQ(one.at, 1050ms);
  EXPECT_EQ(two.at, 1050ms);
  EXPECT_EQ(back.at, 550ms);
}

TEST_F(NetworkTest, TheRouteOfLeastLatencyNotOfFewestLinks) {
  const SiteId middle = network.add_site("middle"), far = network.add_site("far");
  network.add_link({.a = Network::region, .b = far, .latency = 50ms});
  network.add_link({.a = far, .b = middle, .latency = 10ms});
  network.add_link({.a = Network::region, .b = middle, .latency = 20ms});
  network.add_link({.a = middle, .b = Network::region, .latency = 15ms});  // a second, faster one
  EXPECT_EQ(network.distance(host(1, 1), host(1, 1, far)), 25ms);
}

TEST_F(NetworkTest, AServiceMayBringItsOwnLatency) {
  const SiteId far = network.add_site("far");
  network.add_link({.a = Network::region, .b = far, .latency = 40ms});
  Outcome outcome;
  start({.from = host(1, 1), .to = host(1, 1, far), .bytes = {0}, .latency = 3ms}, outcome);
  simulation.run();
  EXPECT_EQ(outcome.at, 43ms);
}

// 100 functions at 100 MB/s each on one server of 2500 MB/s get 25 each (facts 7: 800 → 200 Mbit/s).
TEST(NetworkServers, FunctionsOnOneServerShareItsCard) {
  NetworkConfig config = plain_network();
  config.functions_per_server = 100;
  World world(config);
  const HostId store = world.network.add_host("s3", {});
  std::vector<Outcome> crowded(100), alone(1);
  std::vector<HostId> functions;
  const auto read = [&](Outcome& outcome) {
    functions.push_back(world.network.add_function("f", Nic::symmetric(mb(100)), Network::region, {1769}));
    world.simulation.spawn(observe(world.simulation,
                                   world.network.transfer({.from = store, .to = functions.back(), .bytes = {50'000'000}},
                                                          world.context, "s3"),
                                   outcome));
  };
  for (Outcome& outcome : crowded) read(outcome);
  read(alone[0]);  // on a second server
  world.simulation.run();
  for (const Outcome& outcome : crowded) EXPECT_EQ(outcome.at, 2010ms);
  EXPECT_EQ(alone[0].at, 510ms);
  // A place that was left is taken again: the newcomer is on the first server.
  world.network.remove_host(functions[7]);
  functions.push_back(world.network.add_function("f", Nic::symmetric(mb(100)), Network::region, {1769}));
  Outcome between;
  world.simulation.spawn(observe(world.simulation,
                                 world.network.transfer({.from = functions[0], .to = functions.back(), .bytes = {1'000'000}},
                                                        world.context, "network"),
                                 between));
  world.simulation.run();
  EXPECT_EQ(between.at - 2010ms, 20ms) << "inside a server its card is not crossed";
}

TEST_F(NetworkTest, KnowsTheMemoryOfAFunctionsHostWhileItIsThere) {
  const HostId machine = host(10, 10);
  const HostId function = network.add_function("f", Nic{}, Network::region, {472});
  EXPECT_EQ(network.function_memory(machine), std::nullopt);
  EXPECT_EQ(network.function_memory(function), Memory{472});
  network.remove_host(function);
  EXPECT_EQ(network.function_memory(function), std::nullopt);
  EXPECT_EQ(network.function_memory(host(10, 10)), std::nullopt) << "in the slot of the function";
}

TEST_F(NetworkTest, AKilledTransferFreesItsShareAndIsWrittenDownInPart) {
  const HostId a = host(10, 10), b = host(10, 10), c = host(10, 10);
  Outcome killed, stays;
  sim::Process victim = start({.from = a, .to = b, .bytes = {100'000'000}}, killed);
  start({.from = c, .to = b, .bytes = {15'000'000}}, stays);
  simulation.run_until(sim::Time(1010ms));  // 5 MB each
  EXPECT_EQ(network.flows(), 2u);
  victim.kill();
  simulation.run();
  EXPECT_FALSE(killed.done);
  EXPECT_EQ(stays.at, 2010ms);
  ASSERT_EQ(journal.transfers().size(), 1u);
  EXPECT_EQ(journal.transfers()[0].bytes, Bytes{20'000'000});
  EXPECT_EQ(journal.transfers()[0].count, 2);
}

TEST_F(NetworkTest, WhatIsMovedIsWrittenDownByContextAndService) {
  const HostId a = host(10, 10), b = host(10, 10);
  Outcome outcome;
  for (int i = 0; i < 3; ++i) start({.from = a, .to = b, .bytes = {1000}}, outcome);
  start({.from = a, .to = b, .bytes = {0}}, outcome);
  simulation.run();
  simulation.spawn(network.transfer({.from = a, .to = b, .bytes = {500}}, context, "s3"));
  simulation.run();
  ASSERT_EQ(journal.transfers().size(), 2u);
  EXPECT_EQ(journal.transfers()[0].service, "network");
  EXPECT_EQ(journal.transfers()[0].count, 3);
  EXPECT_EQ(journal.transfers()[0].bytes, Bytes{3000});
  EXPECT_EQ(journal.bytes_moved(), Bytes{3500});
  EXPECT_TRUE(journal.spans.empty());
}

TEST_F(NetworkTest, ACutMakesATransferWaitAndTheHealingLetsItGoOn) {
  const SiteId corner = network.add_corner("worker-1");
  const HostId a = host(10, 10), b = host(10, 10, corner);
  Outcome outcome;
  start({.from = a, .to = b, .bytes = {10'000'000}}, outcome);
  simulation.run_until(sim::Time(510ms));  // half of it is there
  const CutId cut = network.cut({corner});
  EXPECT_FALSE(network.connected(a, b));
  EXPECT_EQ(network.flows(), 0u);
  simulation.run_until(sim::Time(5s));
  network.heal(cut);
  EXPECT_TRUE(network.connected(a, b));
  simulation.run();
  EXPECT_EQ(outcome.at, 5500ms);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(journal.bytes_moved(), Bytes{10'000'000});
}

TEST_F(NetworkTest, ACutThatLastsFailsTheTransferAfterItsTimeOut) {
  const SiteId corner = network.add_corner("worker-1");
  const HostId a = host(10, 10), b = host(10, 10, corner);
  network.cut({corner});
  Outcome by_default, impatient;
  start({.from = a, .to = b, .bytes = {1}}, by_default);
  start({.from = a, .to = b, .bytes = {1}, .timeout = 2s}, impatient);
  simulation.run();
  EXPECT_EQ(by_default.at, 60s);
  EXPECT_EQ(impatient.at, 2s);
  EXPECT_THAT(impatient.error, HasSubstr("host-0 cannot reach host-1"));
  EXPECT_EQ(journal.bytes_moved(), Bytes{0});
}

TEST_F(NetworkTest, CutsSeparateSidesAndAddUp) {
  const SiteId one = network.add_corner("1"), two = network.add_corner("2"), three = network.add_corner("3");
  const HostId a = host(1, 1, one), b = host(1, 1, two), c = host(1, 1, three), service = host(1, 1);
  const CutId pair = network.cut({one}, {two});
  EXPECT_FALSE(network.connected(a, b));
  EXPECT_FALSE(network.connected(b, a));
  EXPECT_TRUE(network.connected(a, c));
  EXPECT_TRUE(network.connected(a, service));
  const CutId island = network.cut({one, two});
  EXPECT_FALSE(network.connected(a, c));
  EXPECT_FALSE(network.connected(b, service));
  network.heal(pair);
  EXPECT_TRUE(network.connected(a, b)) << "both are on the island";
  network.heal(island);
  network.heal(island);  // no effect
  EXPECT_TRUE(network.connected(b, service));
}

// 100 MB/s over the fast link (10 ms), 10 MB/s over the slow one (60 ms).
TEST_F(NetworkTest, ALostLinkIsGoneAroundAndComesBack) {
  const SiteId far = network.add_site("far");
  const LinkId fast = network.add_link({.a = Network::region, .b = far, .latency = 10ms, .bandwidth = mb(100)});
  network.add_link({.a = Network::region, .b = far, .latency = 60ms, .bandwidth = mb(10)});
  const HostId a = host(1000, 1000), b = host(1000, 1000, far);
  Outcome outcome;
  start({.from = a, .to = b, .bytes = {150'000'000}}, outcome);
  simulation.run_until(sim::Time(1020ms));  // 100 MB are there
  network.lose_link(fast);
  EXPECT_EQ(network.distance(a, b), 60ms);
  simulation.run_until(sim::Time(3020ms));  // 20 MB more
  network.restore_link(fast);
  simulation.run();
  EXPECT_EQ(outcome.at, 3320ms);
}

TEST_F(NetworkTest, WithoutAnyRouteThereIsNoLatency) {
  const SiteId nowhere = network.add_site("nowhere");
  const HostId a = host(1, 1), b = host(1, 1, nowhere);
  EXPECT_THROW((void)network.latency(a, b), Unreachable);
  EXPECT_FALSE(network.connected(a, b));
  Outcome outcome;
  start({.from = a, .to = b, .bytes = {0}}, outcome);
  simulation.run();
  EXPECT_EQ(outcome.at, 60s);
}

TEST_F(NetworkTest, ARemovedHostEndsItsTransfersAtOnce) {
  const HostId a = host(10, 10), b = host(10, 10), c = host(10, 10);
  Outcome broken, later, other;
  start({.from = a, .to = b, .bytes = {100'000'000}}, broken);
  start({.from = a, .to = c, .bytes = {100'000'000}}, other);
  simulation.run_until(sim::Time(1s));
  network.remove_host(b);
  EXPECT_EQ(network.hosts(), 2u);
  start({.from = a, .to = b, .bytes = {1}}, later);
  simulation.run();
  EXPECT_EQ(broken.at, 1s);
  EXPECT_THAT(broken.error, HasSubstr("broken"));
  EXPECT_EQ(later.at, 1s);
  EXPECT_THAT(later.error, HasSubstr("gone"));
  EXPECT_EQ(other.error, "");
}

TEST_F(NetworkTest, AnOldHandleDoesNotMeanTheNewHostInItsPlace) {
  const HostId a = host(10, 10), old = host(10, 10);
  network.remove_host(old);
  const HostId young = host(10, 10);
  EXPECT_EQ(young.slot, old.slot);
  EXPECT_TRUE(network.connected(a, young));
  EXPECT_FALSE(network.connected(a, old));
  EXPECT_THROW(network.remove_host(old), BrokenInvariant);
}

TEST_F(NetworkTest, BrokenConnectionsFailAndNewOnesWork) {
  const HostId a = host(10, 10), b = host(10, 10);
  Outcome broken, next;
  start({.from = a, .to = b, .bytes = {100'000'000}}, broken);
  simulation.run_until(sim::Time(1s));
  network.break_connections(b);
  start({.from = a, .to = b, .bytes = {9'900'000}}, next);
  simulation.run();
  EXPECT_EQ(broken.at, 1s);
  EXPECT_NE(broken.error, "");
  EXPECT_EQ(next.at, 2s);
}

TEST(NetworkJitter, IsDrawnFromTheSeedAndHasItsMean) {
  const auto total = [](std::uint64_t seed) {
    NetworkConfig config;
    config.latency = normal({.mean = 10ms, .sd = 1ms});
    World world(config, seed);
    const HostId a = world.network.add_host("a", {}), b = world.network.add_host("b", {});
    world.simulation.spawn([](World& w, HostId from, HostId to) -> sim::Task<> {
      for (int i = 0; i < 1000; ++i) co_await w.network.transfer({.from = from, .to = to, .bytes = {0}}, w.context, "network");
    }(world, a, b));
    world.simulation.run();
    return to_seconds(world.simulation.now().time_since_epoch());
  };
  EXPECT_EQ(total(1), total(1));
  EXPECT_NE(total(1), total(2));
  EXPECT_NEAR(total(1), 10, 4 * 0.0316);  // sd of the sum: 1 ms · √1000
}

TEST_F(NetworkTest, BadInputIsRefused) {
  EXPECT_THROW(network.add_host("x", {mb(0), mb(1)}), InputError);
  EXPECT_THROW(network.add_host("x", {mb(1), {std::nan("")}}), InputError);
  EXPECT_THROW(network.add_host("x", {}, static_cast<SiteId>(9)), InputError);
  EXPECT_THROW(network.add_link({.a = Network::region, .b = Network::region}), InputError);
  EXPECT_THROW(network.add_link({.a = Network::region, .b = static_cast<SiteId>(9)}), InputError);
  const SiteId far = network.add_site("far");
  EXPECT_THROW(network.add_link({.a = Network::region, .b = far, .latency = -1ms}), InputError);
  EXPECT_THROW(network.add_link({.a = Network::region, .b = far, .bandwidth = mb(0)}), InputError);
  EXPECT_EQ(network.hosts(), 0u);
  NetworkConfig impatient = plain_network(), narrow = plain_network(), negative = plain_network();
  impatient.timeout = -1ms;
  narrow.server_bandwidth = {0};
  negative.functions_per_server = -1;
  for (const NetworkConfig& config : {impatient, narrow, negative}) {
    EXPECT_THROW(Network(simulation, journal, config), InputError);
  }
}

TEST_F(NetworkTest, ThousandsOfHostsComeAndGo) {
  std::vector<HostId> hosts;
  for (int i = 0; i < 20000; ++i) hosts.push_back(host(100, 100));
  for (int i = 0; i < 20000; i += 2) network.remove_host(hosts[static_cast<std::size_t>(i)]);
  EXPECT_EQ(network.hosts(), 10000u);
  Outcome outcome;
  start({.from = hosts[1], .to = hosts[19999], .bytes = {100'000'000}}, outcome);
  simulation.run();
  EXPECT_EQ(outcome.at, 1010ms);
}

}  // namespace
}  // namespace windtunnel::models
