// Checks: calls from end to end on hand-worked times: cold and warm starts, waits and their spans, platform limits and
// their errors, time-outs, retries, and that a killed call leaves nothing behind. The bills are in
// functions_billing_test, refused calls in functions_throttle_test, who gets which instance in platform_test.
#include "models/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/preset.h"
#include "sim/combine.h"
#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = InvocationError::Kind;

TEST(Functions, AColdStartIsPlacementLoadAndInit) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.placement = constant(milliseconds(200));
  spec.cold_start.package_size = {30'000'000};  // × 0.103 s per MB = 3.09 s
  spec.cold_start.init = constant(milliseconds(400));
  const FunctionId f = w.functions.deploy(spec);
  w.call(f, seconds(5));
  w.run();
  ASSERT_EQ(w.journal.invocations.size(), 1u);
  const Invocation& row = w.journal.invocations[0];
  EXPECT_EQ(row.requested, sim::Time{});
  EXPECT_EQ(row.started, sim::Time{milliseconds(3690)});
  EXPECT_EQ(row.ended, sim::Time{milliseconds(8690)});
  EXPECT_TRUE(row.cold);
  EXPECT_EQ(row.init, milliseconds(400));
  EXPECT_EQ(row.status, InvocationStatus::done);
  EXPECT_DOUBLE_EQ(w.spent(Phase::cold_start), 3.69);
}

TEST(Functions, AnImageLoadsAtItsOwnRate) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.package = Package::image;
  spec.cold_start.package_size = {1'000'000'000};  // × 12.9 ms per MB = 12.9 s
  spec.cold_start.init = constant(seconds(1));
  spec.cold_start.image_init = seconds(2);
  w.call(w.functions.deploy(spec), seconds(1));
  w.run();
  EXPECT_DOUBLE_EQ(w.spent(Phase::cold_start), 12.9 + 1 + 2);
  EXPECT_EQ(w.journal.invocations[0].init, seconds(3));
}

TEST(Functions, TheSecondCallIsWarmUntilTheInstanceExpires) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.init = constant(seconds(1));
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn([](FunctionsCloud& world, FunctionId function) -> sim::Task<> {
    for (double pause : {10.0, 599.999, 600.0}) {
      co_await world.invoke(function, seconds(1));
      co_await world.simulation.delay(from_seconds(pause));
    }
    co_await world.invoke(function, seconds(1));
  }(w, f));
  w.simulation.run();
  std::vector<bool> cold;
  for (const Invocation& row : w.journal.invocations) cold.push_back(row.cold);
  EXPECT_EQ(cold, (std::vector<bool>{true, false, false, true}));
  EXPECT_EQ(w.journal.invocations[3].instance, 1u);
  EXPECT_EQ(w.network.hosts(), 1u) << "the host of the first instance is gone";
}

TEST(Functions, TheWayToTheFunctionIsASpanAndNotBilled) {
  FunctionsConfig config = FunctionsCloud::bare();
  config.overhead = constant(milliseconds(30));
  FunctionsCloud w(config);
  w.call(w.functions.deploy(w.spec()), seconds(1));
  w.run();
  EXPECT_DOUBLE_EQ(w.spent(Phase::invoke), 0.03);
  EXPECT_EQ(w.journal.invocations[0].billed, seconds(1));
  EXPECT_DOUBLE_EQ(w.now_s(), 1.03);
}

TEST(Functions, MemoryBuysProcessors) {
  EXPECT_DOUBLE_EQ(vcpus({1769}), 1);
  EXPECT_DOUBLE_EQ(vcpus({512}), 512.0 / 1769);
  EXPECT_DOUBLE_EQ(vcpus({3538}), 2);
  EXPECT_DOUBLE_EQ(vcpus({10240}), 10240.0 / 1769);
  EXPECT_LE(vcpus({20000}), 6);
}

TEST(Functions, TheBodySeesItsInstance) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {3538};
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.functions.invoke(f, w.context("caller"), {}, [&](Instance& instance) -> sim::Task<> {
    EXPECT_DOUBLE_EQ(instance.vcpus(), 2);
    EXPECT_EQ(instance.memory(), Memory{3538});
    EXPECT_EQ(instance.number(), 0u);
    EXPECT_TRUE(instance.cold());
    EXPECT_EQ(w.network.name(instance.host()), "worker#0");
    co_return;
  }));
  w.simulation.run();
  EXPECT_EQ(w.journal.invocations.size(), 1u);
}

TEST(Functions, ConcurrencyLimitQueues) {
  FunctionsConfig config = FunctionsCloud::waiting();
  config.platform.concurrency = 2;
  FunctionsCloud w(config);
  const FunctionId f = w.functions.deploy(w.spec());
  for (int i = 0; i < 5; ++i) w.call(f, seconds(10));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 30);
  EXPECT_DOUBLE_EQ(w.spent(Phase::queued), 10 + 10 + 20);
  EXPECT_EQ(w.functions.platform().cold_starts(), 2);
}

TEST(Functions, ScalingRateQueues) {
  FunctionsConfig config = FunctionsCloud::waiting();
  config.platform.scaling = {.environments = 2, .window = seconds(4)};
  FunctionsCloud w(config);
  const FunctionId f = w.functions.deploy(w.spec());
  for (int i = 0; i < 4; ++i) w.call(f, seconds(100));
  w.run();
  EXPECT_DOUBLE_EQ(w.spent(Phase::queued), 2 + 4);
  EXPECT_DOUBLE_EQ(w.now_s(), 104);
}

TEST(Functions, TimeOutKillsTheBodyAndItsChildren) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.timeout = seconds(20);
  const FunctionId f = w.functions.deploy(spec);
  int finished = 0;
  const auto sleep = [&](Duration length) -> sim::Task<> {
    const SpanScope span(w.journal, w.simulation, w.context("child"));
    co_await w.simulation.delay(length);
    ++finished;
  };
  w.simulation.spawn(w.expect_error(f, Kind::timed_out, [&](Instance&) -> sim::Task<> {
    std::vector<sim::Task<>> children;
    children.push_back(sleep(seconds(5)));
    children.push_back(sleep(seconds(50)));
    co_await sim::all_of(w.simulation, std::move(children));
    ++finished;
  }));
  w.run();
  EXPECT_EQ(finished, 1);
  EXPECT_DOUBLE_EQ(w.now_s(), 20);
  EXPECT_DOUBLE_EQ(w.spent(Phase::compute), 5 + 20);
  EXPECT_EQ(w.journal.invocations[0].status, InvocationStatus::timed_out);
  EXPECT_EQ(w.functions.platform().instances(), 1) << "its instance stays with the platform";
  EXPECT_EQ(w.functions.platform().running(), 0);
}

TEST(Functions, TooLittleMemoryEndsTheCall) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {512};
  spec.working_set = {513};
  spec.retry.times = 3;
  const FunctionId f = w.functions.deploy(spec);
  bool ran = false;
  w.simulation.spawn(w.expect_error(f, Kind::out_of_memory, [&](Instance&) -> sim::Task<> {
    ran = true;
    co_return;
  }));
  w.run();
  EXPECT_FALSE(ran);
  ASSERT_EQ(w.journal.invocations.size(), 1u) << "another try would end the same way";
  EXPECT_EQ(w.journal.invocations[0].status, InvocationStatus::failed);
  EXPECT_EQ(w.functions.platform().instances(), 1) << "the platform repeats INIT in its next call";
}

TEST(Functions, ABodyThatNeedsMoreThanItHasRunsUntilThen) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {512};
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.expect_error(f, Kind::out_of_memory, [&](Instance& instance) -> sim::Task<> {
    instance.require({512});
    co_await w.simulation.delay(seconds(3));
    instance.require({600});
  }));
  w.run();
  EXPECT_EQ(w.journal.invocations[0].billed, seconds(3));
}

TEST(Functions, PayloadsHaveLimits) {
  FunctionsCloud w;
  const FunctionId f = w.functions.deploy(w.spec());
  const auto body = [](Instance&) -> sim::Task<> { co_return; };
  w.simulation.spawn(w.expect_error(f, Kind::payload_too_large, body, {.request = {6'000'001}}));
  w.run();
  EXPECT_TRUE(w.journal.invocations.empty()) << "refused before there is a call";
  EXPECT_EQ(w.journal.ledger.total(), Usd{0});
  w.simulation.spawn(w.expect_error(f, Kind::payload_too_large, body, {.response = {6'000'001}}));
  w.run();
  ASSERT_EQ(w.journal.invocations.size(), 1u);
  EXPECT_EQ(w.journal.invocations[0].status, InvocationStatus::failed);
  w.simulation.spawn(
      w.functions.invoke(f, w.context("caller"), {.request = {6'000'000}, .response = {6'000'000}}, body));
  w.simulation.run();
  EXPECT_EQ(w.journal.invocations[1].status, InvocationStatus::done);
  EXPECT_EQ(w.journal.bytes_moved(), Bytes{12'000'000});
  EXPECT_THROW(w.functions.invoke_async(f, w.context("caller"), {.request = {256'001}}, body), InvocationError);
}

TEST(Functions, AFailedCallIsMadeAgain) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.retry = {.times = 2, .delay = seconds(60)};
  const FunctionId f = w.functions.deploy(spec);
  int tries = 0;
  w.simulation.spawn(w.functions.invoke(f, w.context("caller"), {}, [&](Instance&) -> sim::Task<> {
    co_await w.simulation.delay(seconds(1));
    if (++tries < 3) throw RunError("the store is away");
  }));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 1 + 60 + 1 + 120 + 1);
  ASSERT_EQ(w.journal.invocations.size(), 3u);
  EXPECT_EQ(w.journal.invocations[1].status, InvocationStatus::failed);
  EXPECT_EQ(w.journal.invocations[2].status, InvocationStatus::done);
  EXPECT_FALSE(w.journal.invocations[2].cold) << "a function that throws keeps its instance";
  EXPECT_DOUBLE_EQ(w.spent(Phase::queued), 180);
}

TEST(Functions, EachFurtherTryIsAnnouncedAndKnowsItsNumber) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.retry = {.times = 2, .delay = seconds(10)};
  const FunctionId f = w.functions.deploy(spec);
  std::vector<std::int64_t> attempts;
  std::vector<double> announced_s;
  w.simulation.spawn(w.functions.invoke(
      f, w.context("caller"), {},
      [&](Instance& instance) -> sim::Task<> {
        attempts.push_back(instance.attempt());
        co_await w.simulation.delay(seconds(1));
        if (instance.attempt() < 2) throw RunError("once more");
      },
      [&] { announced_s.push_back(w.now_s()); }));
  w.simulation.run();
  EXPECT_EQ(attempts, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(announced_s, (std::vector<double>{1 + 10, 1 + 10 + 1 + 20})) << "not before the first";
}

TEST(Functions, WhatTheAnnouncementThrowsEndsTheCall) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.retry = {.times = 9, .delay = seconds(1)};
  w.simulation.spawn(w.functions.invoke(
      w.functions.deploy(spec), w.context("caller"), {},
      [](Instance&) -> sim::Task<> {
        throw RunError("the body");
        co_return;
      },
      [] { throw RunError("the history is full"); }));
  EXPECT_THROW(w.simulation.run(), RunError);
  EXPECT_EQ(w.journal.invocations.size(), 1u);
}

TEST(Functions, RowsSayWhatTheInstanceWas) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {2048};
  spec.tmp = {1024};
  spec.processor = Processor::arm64;
  w.call(w.functions.deploy(spec), seconds(1));
  w.run();
  const Invocation& row = w.journal.invocations[0];
  EXPECT_TRUE(row.placed);
  EXPECT_EQ(row.memory, Memory{2048});
  EXPECT_EQ(row.tmp, Memory{1024});
  EXPECT_EQ(row.processor, "arm64");
}

TEST(Functions, WhatTheBodyThrowsComesOutUnchanged) {
  struct Special : RunError {
    using RunError::RunError;
  };
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.retry = {.times = 1, .delay = seconds(1)};
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.functions.invoke(f, w.context("caller"), {}, [](Instance&) -> sim::Task<> {
    throw Special("no");
    co_return;
  }));
  EXPECT_THROW(w.simulation.run(), Special);
  EXPECT_EQ(w.journal.invocations.size(), 2u);
}

TEST(Functions, AnAsynchronousCallOutlivesItsCallerAndIsRepeatedTwice) {
  FunctionsCloud w;
  const FunctionId f = w.functions.deploy(w.spec());
  w.simulation.spawn([](FunctionsCloud& world, FunctionId function) -> sim::Task<> {
    world.functions.invoke_async(function, world.context("caller"), {}, [&world](Instance&) -> sim::Task<> {
      co_await world.simulation.delay(seconds(2));
      throw RunError("always");
    });
    co_return;
  }(w, f));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 2 + 60 + 2 + 120 + 2);
  EXPECT_EQ(w.journal.invocations.size(), 3u);
  EXPECT_EQ(w.quantity("lambda.requests"), 3) << "each further try is a request";
}

TEST(Functions, ThePlatformRepeatsAsynchronousCallsWhateverEndedThem) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {512};
  spec.working_set = {513};
  w.functions.invoke_async(w.functions.deploy(spec), w.context("caller"), {}, [](Instance&) -> sim::Task<> { co_return; });
  w.run();
  EXPECT_EQ(w.journal.invocations.size(), 3u) << "it does not know that memory will always be too small";
}

/// Kills a caller in each stage of its call: on its way, queued, loading, initialising, running.
class KilledAt : public testing::TestWithParam<double> {};

TEST_P(KilledAt, AKilledCallLeavesNothingBehind) {
  FunctionsConfig config = FunctionsCloud::waiting();
  config.overhead = constant(seconds(1));
  config.platform.concurrency = 1;
  FunctionsCloud w(config);
  FunctionSpec spec = w.spec();
  spec.cold_start.placement = constant(seconds(2));
  spec.cold_start.init = constant(seconds(3));
  const FunctionId f = w.functions.deploy(spec);
  const FunctionId other = w.functions.deploy(w.spec());
  w.call(other, seconds(4));  // in the way from 1 to 5; then the victim: loads to 7, initialises to 10, runs to 20
  sim::Process victim = w.simulation.spawn(w.invoke(f, seconds(10)));
  w.simulation.run_until(sim::Time{from_seconds(GetParam())});
  EXPECT_FALSE(victim.done());
  victim.kill();
  ASSERT_FALSE(w.journal.invocations.empty());
  EXPECT_EQ(w.journal.invocations.back().status, InvocationStatus::killed);
  EXPECT_EQ(w.journal.invocations.back().ended, sim::Time{from_seconds(GetParam())});
  EXPECT_EQ(w.journal.invocations.back().placed, GetParam() > 5);
  w.call(f, seconds(1));
  w.run();
  EXPECT_EQ(w.journal.invocations.back().status, InvocationStatus::done);
  EXPECT_TRUE(w.journal.invocations.back().cold);
  EXPECT_EQ(w.functions.platform().running(), 0);
  EXPECT_EQ(w.functions.platform().waiting(), 0);
  EXPECT_EQ(w.functions.platform().instances(), 2) << "of the two calls that were let live";
  EXPECT_EQ(w.network.hosts(), 2u);
  const double billed = GetParam() > 7 ? GetParam() - 7 : 0;  // INIT from 7 on, then the run
  const double gb_s = w.quantity("lambda.duration.x86") + w.quantity("lambda.init.x86");
  EXPECT_NEAR(gb_s, (4 + billed + 3 + 1) * 1769 / 1024.0, 1e-9);
  EXPECT_EQ(w.quantity("lambda.requests"), GetParam() > 5 ? 3 : 2) << "a call that got no instance is not a request";
}

INSTANTIATE_TEST_SUITE_P(Functions, KilledAt, testing::Values(0.5, 3.0, 6.0, 8.0, 15.0));

TEST(Functions, WhoeverWaitsIsServedWhenTheOneBeforeIsKilled) {
  FunctionsConfig config = FunctionsCloud::waiting();
  config.platform.concurrency = 1;
  FunctionsCloud w(config);
  const FunctionId f = w.functions.deploy(w.spec());
  sim::Process first = w.simulation.spawn(w.invoke(f, seconds(100)));
  sim::Process second = w.simulation.spawn(w.invoke(f, seconds(1)));
  w.simulation.run_until(sim::Time{seconds(5)});
  first.kill();
  second.kill();  // granted, but not yet resumed: its placement must come back
  w.call(f, seconds(1));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 6);
  EXPECT_EQ(w.functions.platform().running(), 0);
}

TEST(Functions, SpecificationsOutOfRangeAreRefused) {
  FunctionsCloud w;
  const auto refused = [&](auto change) {
    FunctionSpec spec = w.spec();
    change(spec);
    EXPECT_THROW(w.functions.deploy(spec), InputError);
  };
  refused([](FunctionSpec& s) { s.memory = {127}; });
  refused([](FunctionSpec& s) { s.memory = {10241}; });
  refused([](FunctionSpec& s) { s.timeout = seconds(901); });
  refused([](FunctionSpec& s) { s.timeout = seconds(0); });
  refused([](FunctionSpec& s) { s.tmp = {511}; });
  refused([](FunctionSpec& s) { s.retry.times = -1; });
  refused([](FunctionSpec& s) { s.cold_start.package_size = {250'000'001}; });
  refused([](FunctionSpec& s) { s.cold_start.init = lognormal({.median = seconds(2), .p99 = seconds(1)}); });
  FunctionSpec image = w.spec();
  image.cold_start.package = Package::image;
  image.cold_start.package_size = {250'000'001};
  EXPECT_NO_THROW(w.functions.deploy(image));
}

TEST(Functions, TheSameSeedGivesTheSameTimes) {
  const auto run = [] {
    const FunctionsConfig defaults;
    FunctionsCloud w(defaults);
    const FunctionId f = w.functions.deploy({.name = "real"});
    for (int i = 0; i < 50; ++i) w.call(f, milliseconds(100 * i));
    w.run();
    return std::pair(w.simulation.trajectory().value(), w.journal.ledger.total().value);
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace windtunnel::models
