// Checks: the default settings against the published cold starts they were taken from: by package (facts 6), and of many
// functions started at once (LambdaML, arXiv 2105.07806, facts 3). What a call does with them is functions_test's subject.
#include <gtest/gtest.h>

#include "models/start_growth.h"
#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Median time from the call to its code, over 501 calls far apart.
double median_cold_s(Package package, Bytes size) {
  FunctionsConfig config;
  config.overhead = constant(Duration::zero());
  FunctionsCloud w(config);
  FunctionSpec spec{.name = "worker"};
  spec.cold_start.package = package;
  spec.cold_start.package_size = size;
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn([](FunctionsCloud& world, FunctionId function) -> sim::Task<> {
    for (int i = 0; i < 501; ++i) {
      co_await world.invoke(function, milliseconds(1));
      co_await world.simulation.delay(std::chrono::hours(1));
    }
  }(w, f));
  w.simulation.run();
  std::vector<double> times;
  for (const Invocation& row : w.journal.invocations) {
    EXPECT_TRUE(row.cold);
    times.push_back(to_seconds(row.started - row.requested));
  }
  std::nth_element(times.begin(), times.begin() + 250, times.end());
  return times[250];
}

TEST(ColdStart, ZipPackagesStartAsMeasured) {
  EXPECT_NEAR(median_cold_s(Package::zip, {1'000}), 0.26, 0.02);
  EXPECT_NEAR(median_cold_s(Package::zip, {14'000'000}), 1.70, 0.03);
  EXPECT_NEAR(median_cold_s(Package::zip, {35'000'000}), 3.87, 0.04);
}

TEST(ColdStart, ContainersForMachineLearningStartAsMeasured) {
  EXPECT_NEAR(median_cold_s(Package::image, {140'000'000}), 5.6, 0.07 * 5.6);
  EXPECT_NEAR(median_cold_s(Package::image, {420'000'000}), 8.3, 0.07 * 8.3);
  EXPECT_NEAR(median_cold_s(Package::image, {1'090'000'000}), 17.6, 0.07 * 17.6);
}

/// Time until all of `w` functions called at once run their code; mean of 20 seeds.
double all_started_s(int count, StartGrowth growth = StartGrowth::measured) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::Simulation simulation(seed);
    Journal journal(PriceSheet::named("aws-us-east-1-2025-08"));
    Network network(simulation, journal, {});
    FunctionsConfig config;
    config.overhead = constant(Duration::zero());
    config.platform.start_growth = growth;
    Functions functions(simulation, journal, network, config);
    const FunctionId f = functions.deploy({.name = "worker"});
    for (int i = 0; i < count; ++i) {
      simulation.spawn(functions.invoke(f, {}, {}, [](Instance&) -> sim::Task<> { co_return; }));
    }
    journal.actors.id("caller");
    simulation.run();
    sim::Time last{};
    for (const Invocation& row : journal.invocations) last = std::max(last, row.started);
    sum += to_seconds(last.time_since_epoch());
  }
  return sum / 20;
}

TEST(StartGrowth, ManyAtOnceStartAsMeasured) {
  EXPECT_NEAR(all_started_s(10), 1.2, 0.1);
  EXPECT_NEAR(all_started_s(50), 11, 1);
  EXPECT_NEAR(all_started_s(100), 18, 1);
  EXPECT_NEAR(all_started_s(200), 35, 3);
  EXPECT_NEAR(all_started_s(300), 52, 4) << "extrapolated";
}

TEST(StartGrowth, CanBeSwitchedOff) { EXPECT_LT(all_started_s(200, StartGrowth::none), 1); }

TEST(StartGrowth, TheWaitIsLinearBetweenThePoints) {
  EXPECT_EQ(start_wait(1), Duration::zero());
  EXPECT_EQ(start_wait(10), milliseconds(900));
  EXPECT_EQ(start_wait(30), milliseconds(5800));
  EXPECT_EQ(start_wait(200), milliseconds(34'700));
  EXPECT_EQ(start_wait(300), milliseconds(51'700));
}

TEST(StartGrowth, OnlyStartsUnderWayCount) {
  Starts starts(StartGrowth::measured);
  for (int k = 1; k <= 10; ++k) EXPECT_EQ(starts.add(sim::Time{}), start_wait(k));
  EXPECT_EQ(starts.add(sim::Time{milliseconds(450)}), start_wait(6)) << "five of them are over";
  EXPECT_EQ(starts.add(sim::Time{seconds(60)}), Duration::zero());
  EXPECT_EQ(starts.under_way(), 1u);
}

TEST(StartGrowth, TheWaitIsNotBilled) {
  FunctionsConfig config = FunctionsCloud::bare();
  config.platform.start_growth = StartGrowth::measured;
  FunctionsCloud w(config);
  const FunctionId f = w.functions.deploy(w.spec());
  const FunctionId g = w.functions.deploy(w.spec());
  for (int i = 0; i < 5; ++i) w.call(f, seconds(1)), w.call(g, seconds(1));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 0.9 + 1) << "both functions are in one region";
  EXPECT_DOUBLE_EQ(w.quantity("lambda.duration.x86"), 10 * 1769 / 1024.0);
  EXPECT_DOUBLE_EQ(w.spent(Phase::cold_start), 0.1 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9));
}

}  // namespace
}  // namespace windtunnel::models
