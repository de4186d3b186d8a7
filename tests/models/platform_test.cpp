// Checks: who gets which instance and when: warm before cold, the concurrency limit, the scaling rate, the order of
// those who wait, instances that are dropped, and the steady state of a Poisson load against its theory. Nothing here
// has a price.
#include "models/platform.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "bench/functions_load.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A call by hand, that notes when it was granted what.
struct Call final : Waiter {
  Call(sim::Simulation& s, Platform& p, FunctionId f) : simulation(s), platform(p), function(f) {}
  ~Call() { platform.abandon(*this); }
  bool start() {
    placement = platform.request(function, *this);
    if (placement) granted_at = simulation.now();
    return placement.has_value();
  }
  void granted(Placement p) override { placement = p, granted_at = simulation.now(); }
  void finish() { platform.release(placement->instance); }

  sim::Simulation& simulation;
  Platform& platform;
  FunctionId function;
  std::optional<Placement> placement;
  sim::Time granted_at{};
};

struct World {
  explicit World(PlatformConfig config = {}) : platform(simulation, std::move(config)) {}
  void advance(double s) { simulation.run_until(sim::Time{from_seconds(s)}); }
  std::unique_ptr<Call> call(FunctionId function) {
    auto c = std::make_unique<Call>(simulation, platform, function);
    c->start();
    return c;
  }
  sim::Simulation simulation;
  Platform platform;
  FunctionId f = platform.add_function();
  FunctionId g = platform.add_function();
};

TEST(Platform, WarmInstancesServeBeforeNewOnes) {
  World w;
  auto a = w.call(w.f);
  EXPECT_TRUE(a->placement->cold);
  a->finish();
  auto b = w.call(w.f);
  EXPECT_FALSE(b->placement->cold);
  EXPECT_EQ(b->placement->instance, a->placement->instance);
  auto other = w.call(w.g);
  EXPECT_TRUE(other->placement->cold) << "functions do not share instances";
  auto c = w.call(w.f);
  EXPECT_TRUE(c->placement->cold);
  EXPECT_EQ(w.platform.number(a->placement->instance), 0u);
  EXPECT_EQ(w.platform.number(other->placement->instance), 1u);
  EXPECT_EQ(w.platform.number(c->placement->instance), 2u);
  EXPECT_EQ(w.platform.running(), 3);
  EXPECT_EQ(w.platform.calls(), 4);
  EXPECT_EQ(w.platform.cold_starts(), 3);
}

TEST(Platform, AnIdleInstanceGoesColdAndIsReported) {
  World w;
  std::vector<InstanceId> gone;
  w.platform.on_retired([&](InstanceId instance) { gone.push_back(instance); });
  auto a = w.call(w.f);
  w.advance(5);
  a->finish();
  w.advance(604);
  EXPECT_EQ(w.platform.instances(), 1);
  w.advance(605);
  EXPECT_EQ(w.platform.instances(), 0);
  EXPECT_EQ(gone, std::vector<InstanceId>{0});
  w.advance(1000);
  auto b = w.call(w.f);
  EXPECT_TRUE(b->placement->cold);
  EXPECT_EQ(b->placement->instance, 0u) << "the slot is used again";
  EXPECT_EQ(w.platform.number(0), 1u) << "the number is not";
  w.advance(1003);
  EXPECT_DOUBLE_EQ(w.platform.integrals().alive_s, 605 + 3);
  EXPECT_DOUBLE_EQ(w.platform.integrals().running_s, 5 + 3);
}

TEST(Platform, TheConcurrencyLimitQueuesFirstComeFirstServed) {
  PlatformConfig config;
  config.concurrency = 2;
  World w(config);
  auto a = w.call(w.f);
  auto b = w.call(w.g);
  auto c = w.call(w.f);
  auto d = w.call(w.g);
  auto e = w.call(w.f);
  EXPECT_EQ(w.platform.waiting(), 3);
  w.advance(7);
  b->finish();
  ASSERT_TRUE(c->placement) << "the oldest, though the free instance is another function's";
  EXPECT_TRUE(c->placement->cold);
  EXPECT_EQ(c->granted_at, sim::Time{seconds(7)});
  EXPECT_FALSE(d->placement);
  w.platform.drop(a->placement->instance);
  ASSERT_TRUE(d->placement);
  EXPECT_FALSE(d->placement->cold) << "its instance was idle all the time";
  e.reset();
  EXPECT_EQ(w.platform.waiting(), 0) << "a caller that is gone does not wait";
  EXPECT_EQ(w.platform.running(), 2);
}

TEST(Platform, TheScalingRateAdmitsABurstAndThenOneEveryInterval) {
  PlatformConfig config;
  config.scaling = {.environments = 4, .window = seconds(2)};
  World w(config);
  w.advance(1);
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 7; ++i) calls.push_back(w.call(w.f));
  EXPECT_EQ(w.platform.running(), 4);
  auto other = w.call(w.g);
  EXPECT_TRUE(other->placement) << "the rate is each function's own";
  w.simulation.run();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(calls[i]->granted_at, sim::Time{seconds(1)});
  EXPECT_EQ(calls[4]->granted_at, sim::Time{milliseconds(1500)});
  EXPECT_EQ(calls[5]->granted_at, sim::Time{milliseconds(2000)});
  EXPECT_EQ(calls[6]->granted_at, sim::Time{milliseconds(2500)});
  // Ten idle seconds fill the bucket, and no more than the bucket.
  w.advance(20);
  calls.clear();
  for (int i = 0; i < 6; ++i) calls.push_back(w.call(w.f));
  EXPECT_EQ(w.platform.waiting(), 2);
}

TEST(Platform, AWarmInstanceServesWhoWaitsForTheScalingRate) {
  PlatformConfig config;
  config.scaling = {.environments = 1, .window = seconds(100)};
  World w(config);
  auto a = w.call(w.f);
  auto b = w.call(w.f);
  auto c = w.call(w.f);
  w.advance(3);
  a->finish();
  ASSERT_TRUE(b->placement);
  EXPECT_FALSE(b->placement->cold);
  EXPECT_FALSE(c->placement) << "nobody overtakes";
  w.simulation.run();
  ASSERT_TRUE(c->placement);
  EXPECT_EQ(c->granted_at, sim::Time{seconds(100)});
}

TEST(Platform, NobodyWaitingLeavesNoEventBehind) {
  PlatformConfig config;
  config.scaling = {.environments = 1, .window = seconds(100)};
  World w(config);
  auto a = w.call(w.f);
  auto b = w.call(w.f);
  b.reset();
  w.simulation.run();
  EXPECT_EQ(w.simulation.now(), sim::Time{});
}

TEST(Platform, DroppedInstancesAreNotUsedAgain) {
  World w;
  auto a = w.call(w.f);
  w.platform.drop(a->placement->instance);
  EXPECT_EQ(w.platform.instances(), 0);
  EXPECT_THROW(w.platform.drop(a->placement->instance), BrokenInvariant);
  EXPECT_THROW(w.platform.release(a->placement->instance), BrokenInvariant);
  EXPECT_TRUE(w.call(w.f)->placement->cold);
}

TEST(Platform, RefusesSettingsOutOfRange) {
  sim::Simulation simulation;
  PlatformConfig config;
  config.concurrency = 0;
  EXPECT_THROW(Platform(simulation, config), InputError);
  config = {};
  config.scaling.environments = 0;
  EXPECT_THROW(Platform(simulation, config), InputError);
  config.scaling = {.environments = 1000, .window = Duration(999)};
  EXPECT_THROW(Platform(simulation, config), InputError);
}

// M/G/∞ with a warm pool. Mean running is λ·E[S] whatever the keep-alive (Little's law); the figures of the reference
// simulation for this load are 0.1334 % cold and 7.701 instances (the benchmark checks them with 10^7 calls).
TEST(Platform, ThePoissonLoadHasItsSteadyState) {
  double cold = 0, calls = 0, instances = 0, running = 0;
  constexpr int seeds = 8;
  for (int seed = 1; seed <= seeds; ++seed) {
    bench::PoissonLoad load({.seed = static_cast<std::uint64_t>(seed)});
    load.run(20'000);
    const bench::Measured measured = load.run(100'000);
    EXPECT_EQ(measured.calls, 100'000);
    EXPECT_EQ(measured.refused, 0);
    cold += static_cast<double>(measured.cold);
    calls += static_cast<double>(measured.calls);
    instances += measured.mean_instances / seeds;
    running += measured.mean_running / seeds;
  }
  EXPECT_NEAR(100 * cold / calls, 0.1334, 0.012);
  EXPECT_NEAR(instances, 7.701, 0.06);
  EXPECT_NEAR(running, 0.9 * (1.991 + cold / calls * (2.244 - 1.991)), 0.01);
}

TEST(Platform, TheSteadyStateFollowsTheKeepAlive) {
  bench::PoissonLoad brief({.lifetime = 6});
  brief.run(1000);
  const bench::Measured measured = brief.run(20'000);
  EXPECT_GT(measured.cold, 500) << "a hundredth of the lifetime: this load must look different";
  EXPECT_LT(measured.mean_instances, 6);
}

TEST(Platform, ALoadAboveTheLimitIsRefused) {
  // Erlang's formula for 5 calls at once and a load of 5: 28.49 % refused.
  bench::PoissonLoad load({.rate = 5, .warm_mean = 1, .cold_mean = 1, .concurrency = 5});
  load.run(1000);
  const bench::Measured measured = load.run(200'000);
  EXPECT_NEAR(static_cast<double>(measured.refused) / static_cast<double>(measured.calls), 0.2849, 0.005);
}

}  // namespace
}  // namespace windtunnel::models
