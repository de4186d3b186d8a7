// Checks when faults come, by hand and against the statistics of the exponential, that asking does not change them, and that
// impossible settings are all named. What a crash does to whom it hits is tested with the architectures.
#include "models/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "sim/combine.h"
#include "tests/models/wired_world.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace wired;

constexpr Roster roster{.workers = 4, .databases = 4, .server = true, .rounds = 10};
constexpr Target worker_2{TargetKind::worker, 2};
constexpr Target server{TargetKind::server, 0};

struct FaultsTest : testing::Test, World {
  std::unique_ptr<FaultPlan> plan;
  void make(FaultsConfig config) { plan = std::make_unique<FaultPlan>(simulation, journal, std::move(config), roster); }

  /// Times of the first crashes of a target that always comes back after `down`.
  sim::Task<> follow(Target target, Duration down, std::vector<Duration>& times, std::size_t most) {
    while (times.size() < most) {
      co_await plan->next_crash(target, context);
      times.push_back(simulation.now().time_since_epoch());
      co_await simulation.delay(down);
      plan->recovered(target, context);
    }
  }
};

TEST_F(FaultsTest, ACrashAtATimeComesOnceAndIsWrittenDown) {
  make({.crashes = {{.target = TargetKind::worker, .index = 2, .at = 20s, .recover_after = 5s}}});
  EXPECT_TRUE(plan->may_crash(worker_2));
  EXPECT_FALSE(plan->may_crash({TargetKind::worker, 1}));
  EXPECT_FALSE(plan->may_crash({TargetKind::database, 2}));
  std::vector<Duration> times;
  simulation.spawn(follow(worker_2, 5s, times, 2));
  simulation.run();
  EXPECT_THAT(times, ElementsAre(20s));
  EXPECT_FALSE(plan->may_crash(worker_2));
  ASSERT_EQ(journal.faults.size(), 2u);
  EXPECT_EQ(journal.faults[0].kind, "crash");
  EXPECT_EQ(journal.faults[0].detail, "worker 2");
  EXPECT_EQ(journal.faults[0].at, sim::Time(20s));
  EXPECT_EQ(journal.faults[1].kind, "recovered");
  EXPECT_EQ(journal.faults[1].at, sim::Time(25s));
}

TEST_F(FaultsTest, AnAskerThatIsKilledLeavesTheCrashToTheNext) {
  make({.crashes = {{.target = TargetKind::server, .at = 20s}}});
  std::optional<Crash> crash;
  const auto ask = [](FaultPlan& p, Context c, std::optional<Crash>& out) -> sim::Task<> {
    out = co_await p.next_crash(server, c);
  };
  sim::Process first = simulation.spawn(ask(*plan, context, crash));
  simulation.run_until(sim::Time(10s));
  first.kill();
  simulation.run_until(sim::Time(30s));
  EXPECT_FALSE(crash);
  simulation.spawn(ask(*plan, context, crash));
  simulation.run();
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->target, server);
  EXPECT_EQ(crash->recover_after, std::nullopt);
  EXPECT_EQ(journal.faults.at(0).at, sim::Time(30s)) << "it was due";
}

TEST_F(FaultsTest, ACrashAtARoundComesOnceInThatRound) {
  make({.crashes = {{.target = TargetKind::worker, .index = 2, .at_round = 3, .recover_after = 1s}}});
  EXPECT_FALSE(plan->may_crash(worker_2)) << "the clock does not bring it";
  EXPECT_FALSE(plan->crash_at_round(worker_2, {.round = 2}));
  EXPECT_FALSE(plan->crash_at_round({TargetKind::worker, 1}, {.round = 3}));
  const std::optional<Crash> crash = plan->crash_at_round(worker_2, {.actor = 7, .round = 3});
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->recover_after, 1s);
  EXPECT_FALSE(plan->crash_at_round(worker_2, {.round = 3})) << "once";
  ASSERT_EQ(journal.faults.size(), 1u);
  EXPECT_EQ(journal.faults[0].actor, 7u);
  EXPECT_EQ(journal.faults[0].round, 3);
}

TEST_F(FaultsTest, WithoutAnIndexItHitsEach) {
  make({.crashes = {{.target = TargetKind::database, .at = 1s}}});
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_TRUE(plan->may_crash({TargetKind::database, i}));
  EXPECT_FALSE(plan->may_crash(worker_2));
}

FaultsConfig failing(Duration mean, std::optional<std::int64_t> index = {}) {
  return {.crashes = {{.target = TargetKind::worker, .index = index, .mean_time_between_failures = mean, .recover_after = 1s}}};
}

TEST_F(FaultsTest, TimesBetweenFailuresAreExponentialInUpTime) {
  make(failing(100s));
  std::vector<Duration> times;
  simulation.spawn(follow(worker_2, 1s, times, 4000));
  simulation.run();
  ASSERT_EQ(times.size(), 4000u);
  double sum = 0;
  int long_ones = 0;
  Duration up = 0s;
  for (Duration time : times) {
    const double interval = to_seconds(time - up);
    ASSERT_GT(interval, 0);
    sum += interval;
    if (interval > 100) ++long_ones;
    up = time + 1s;
  }
  EXPECT_NEAR(sum / 4000, 100, 5 * 100 / std::sqrt(4000.0));
  EXPECT_NEAR(long_ones / 4000.0, std::exp(-1.0), 0.04);
}

TEST_F(FaultsTest, TheSeedAndTheTargetDecideAndNotWhoAsks) {
  const auto crashes = [](std::uint64_t seed, std::int64_t worker, std::optional<std::int64_t> configured, bool nervous) {
    World world(plain_network(), seed);
    FaultPlan faults(world.simulation, world.journal, failing(100s, configured), roster);
    std::vector<Duration> times;
    const Target target{TargetKind::worker, worker};
    world.simulation.spawn([](World& w, FaultPlan& p, Target t, std::vector<Duration>& out, bool asks_often) -> sim::Task<> {
      const auto wait = [](FaultPlan& q, Target of, Context c) -> sim::Task<> { (void)co_await q.next_crash(of, c); };
      while (out.size() < 5) {
        if (asks_often) {
          while (!co_await sim::with_timeout(w.simulation, wait(p, t, w.context), 7s)) {
          }
        } else {
          (void)co_await p.next_crash(t, w.context);
        }
        out.push_back(w.simulation.now().time_since_epoch());
        p.recovered(t, w.context);
      }
    }(world, faults, target, times, nervous));
    world.simulation.run();
    return times;
  };
  const std::vector<Duration> reference = crashes(1, 2, {}, false);
  EXPECT_EQ(crashes(1, 2, {}, true), reference) << "asking every 7 s changes nothing";
  EXPECT_EQ(crashes(1, 2, 2, false), reference) << "the other workers' faults change nothing";
  EXPECT_NE(crashes(1, 3, {}, false), reference);
  EXPECT_NE(crashes(2, 2, {}, false), reference);
}

TEST_F(FaultsTest, DownTimeIsNotUpTimeAndAbsorbsCrashes) {
  FaultsConfig config = failing(1000000s, 2);
  config.crashes.push_back({.target = TargetKind::worker, .index = 2, .at = 10s, .recover_after = 20s});
  config.crashes.push_back({.target = TargetKind::worker, .index = 2, .at = 15s, .recover_after = 20s});
  const auto first_failure = [&](const FaultsConfig& of) {
    World world;
    FaultPlan faults(world.simulation, world.journal, of, roster);
    std::vector<Duration> times;
    world.simulation.spawn([](World& w, FaultPlan& p, std::vector<Duration>& out, std::size_t count) -> sim::Task<> {
      for (std::size_t i = 0; i < count; ++i) {
        const Crash crash = co_await p.next_crash(worker_2, w.context);
        out.push_back(w.simulation.now().time_since_epoch());
        co_await w.simulation.delay(*crash.recover_after);
        p.recovered(worker_2, w.context);
      }
    }(world, faults, times, of.crashes.size() == 1 ? 1 : 2));
    world.simulation.run();
    return times;
  };
  const Duration undisturbed = first_failure(failing(1000000s, 2)).at(0);
  ASSERT_GT(undisturbed, 15s);
  const std::vector<Duration> disturbed = first_failure(config);
  EXPECT_EQ(disturbed.at(0), 10s);
  EXPECT_EQ(disturbed.at(1), undisturbed + 20s) << "20 s of down time later; the crash at 15 s hit nobody";
}

// The worker crashes, and what sees to its recovery is killed, e.g. by the crash of the server: whoever asks next finds it at
// work, and its failures go on. A crash that was due meanwhile hit nobody.
TEST_F(FaultsTest, AKilledRecoveryDoesNotEndTheFailuresOfItsTarget) {
  FaultsConfig config = failing(1000s, 2);
  config.crashes.push_back({.target = TargetKind::worker, .index = 2, .at = 10s, .recover_after = 20s});
  config.crashes.push_back({.target = TargetKind::worker, .index = 2, .at = 15s, .recover_after = 20s});
  make(config);
  std::vector<Duration> times;
  sim::Process killed = simulation.spawn(follow(worker_2, 20s, times, 1));
  simulation.run_until(sim::Time(12s));
  ASSERT_EQ(times, (std::vector<Duration>{10s}));
  killed.kill();
  simulation.run_until(sim::Time(40s));
  simulation.spawn(follow(worker_2, 1s, times, 4));
  simulation.run();
  ASSERT_EQ(times.size(), 4u) << "failures go on";
  EXPECT_GT(times[1], 40s) << "neither what was due while it was down nor its up time comes at once";
  std::vector<std::string> kinds;
  for (const FaultEvent& fault : journal.faults) kinds.push_back(fault.kind);
  EXPECT_THAT(kinds, ElementsAre("crash", "recovered", "crash", "recovered", "crash", "recovered", "crash", "recovered"));
  EXPECT_EQ(journal.faults[1].at, sim::Time(40s));
}

TEST_F(FaultsTest, DatabasesCrashEachByItself) {
  make({.crashes = {{.target = TargetKind::database, .index = 3, .at = 5s, .recover_after = 2s},
                    {.target = TargetKind::database, .mean_time_between_failures = 100s, .recover_after = 2s}}});
  std::vector<Duration> of_3, of_0;
  simulation.spawn(follow({TargetKind::database, 3}, 2s, of_3, 4));
  simulation.spawn(follow({TargetKind::database, 0}, 2s, of_0, 3));
  simulation.run();
  EXPECT_EQ(of_3.size(), 4u);
  EXPECT_NE(std::find(of_3.begin(), of_3.end(), Duration(5s)), of_3.end());
  EXPECT_EQ(of_0.size(), 3u);
  EXPECT_THAT(journal.faults[0].detail, HasSubstr("database"));
}

TEST_F(FaultsTest, StragglersMultiply) {
  make({.stragglers = {{.worker = 1, .factor = 3}, {.worker = 1, .factor = 2, .from_round = 5, .until_round = 7}}});
  EXPECT_EQ(plan->slowdown(0, 5), 1);
  EXPECT_EQ(plan->slowdown(1, 4), 3);
  EXPECT_EQ(plan->slowdown(1, 5), 6);
  EXPECT_EQ(plan->slowdown(1, 7), 3);
}

TEST_F(FaultsTest, LinksAndPartitionsComeAndGo) {
  make({.lost_links = {{.between = {0, 1}, .at = 10s, .lasts = 10s}}, .partitions = {{.workers = {1, 3}, .at = 15s}}});
  std::vector<SiteId> sites;
  std::vector<HostId> hosts;
  for (int i = 0; i < 4; ++i) {
    sites.push_back(network.add_corner("worker-" + std::to_string(i)));
    hosts.push_back(network.add_host("host", {}, sites.back()));
  }
  simulation.spawn(plan->disturb(network, sites, 9));
  const auto connected = [&](std::size_t a, std::size_t b) { return network.connected(hosts[a], hosts[b]); };
  simulation.run_until(sim::Time(9s));
  EXPECT_TRUE(connected(0, 1));
  simulation.run_until(sim::Time(10s));
  EXPECT_FALSE(connected(0, 1));
  EXPECT_TRUE(connected(0, 2));
  simulation.run_until(sim::Time(15s));
  EXPECT_FALSE(connected(1, 2));
  EXPECT_TRUE(connected(1, 3));
  simulation.run();
  EXPECT_FALSE(connected(0, 1)) << "still partitioned";
  EXPECT_TRUE(connected(0, 2));
  std::vector<std::string> kinds;
  for (const FaultEvent& fault : journal.faults) kinds.push_back(fault.kind + ": " + fault.detail);
  EXPECT_THAT(kinds, ElementsAre("link lost: workers 0, 1", "partition: workers 1, 3", "link restored: workers 0, 1"));
  EXPECT_EQ(journal.faults[0].actor, 9u);
}

TEST(FaultsConfig, AllProblemsAreNamedAtOnce) {
  const FaultsConfig config{
      .crashes = {{.target = TargetKind::worker, .index = 4, .at = 1s},
                  {.target = TargetKind::server, .index = 0, .at = 1s},
                  {.target = TargetKind::worker},
                  {.target = TargetKind::worker, .at = 1s, .at_round = 1},
                  {.target = TargetKind::worker, .at = -1s},
                  {.target = TargetKind::worker, .at_round = 10},
                  {.target = TargetKind::worker, .mean_time_between_failures = 0s},
                  {.target = TargetKind::worker, .index = 1, .mean_time_between_failures = 1s, .recover_after = -1s}},
      .stragglers = {{.worker = -1, .factor = 0.5, .from_round = 3, .until_round = 3}},
      .lost_links = {{.between = {1, 1}}, {.between = {0, 1, 2}}, {.between = {0, 9}, .lasts = 0s}},
      .partitions = {{}, {.workers = {1, 1}, .at = -1s}}};
  EXPECT_THAT(config.problems(roster),
              ElementsAre(HasSubstr("crashes[0].index: there is no worker 4; allowed: 0 to 3"), HasSubstr("crashes[1].index"),
                          HasSubstr("crashes[2]: 0 of at"), HasSubstr("crashes[3]: 2 of at"), HasSubstr("crashes[4].at"),
                          HasSubstr("crashes[5].at_round: there is no such round; allowed: 0 to 9"),
                          HasSubstr("crashes[6].mean_time"), HasSubstr("crashes[7].recover_after"),
                          HasSubstr("crashes[7].mean_time_between_failures: this target has one already"),
                          HasSubstr("stragglers[0].worker"), HasSubstr("stragglers[0].factor"),
                          HasSubstr("stragglers[0].until_round"), HasSubstr("lost_links[0].between"),
                          HasSubstr("lost_links[1].between"), HasSubstr("lost_links[2].between: there is no worker 9"),
                          HasSubstr("lost_links[2].lasts"), HasSubstr("partitions[0].workers"),
                          HasSubstr("partitions[1].workers: a worker is named twice"), HasSubstr("partitions[1].at")));
  EXPECT_FALSE(config.empty());
  EXPECT_TRUE(FaultsConfig{}.empty());
}

TEST(FaultsConfig, WhatTheArchitectureDoesNotHaveCannotCrash) {
  World world;
  const Roster central{.workers = 1, .rounds = 5};
  const FaultsConfig config{.crashes = {{.target = TargetKind::server, .at = 1s}, {.target = TargetKind::database, .at = 1s}}};
  EXPECT_THAT(config.problems(central), ElementsAre(HasSubstr("no server"), HasSubstr("no database")));
  EXPECT_THROW(FaultPlan(world.simulation, world.journal, config, central), InputError);
}

}  // namespace
}  // namespace windtunnel::models
