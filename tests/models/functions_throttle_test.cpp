// Checks: what happens to calls beyond the platform's limits: synchronous ones are refused and end or try again, by the
// caller's policy; asynchronous ones wait; nothing is charged for a call that got no instance. Who is served first among
// those that wait is platform_test's subject.
#include <gtest/gtest.h>

#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = InvocationError::Kind;

FunctionsConfig narrow(std::int64_t concurrency, BackOff back_off) {
  FunctionsConfig config = FunctionsCloud::bare();
  config.platform.concurrency = concurrency;
  config.back_off = back_off;
  return config;
}

std::int64_t count(const FunctionsCloud& w, InvocationStatus status) {
  std::int64_t n = 0;
  for (const Invocation& row : w.journal.invocations) n += row.status == status ? 1 : 0;
  return n;
}

TEST(Throttle, TwoOfFourSimultaneousCallsAreRefused) {
  FunctionsCloud w(narrow(2, {.times = 0}));
  const FunctionId f = w.functions.deploy(w.spec());
  const auto body = [&](Instance&) -> sim::Task<> { co_await w.simulation.delay(seconds(5)); };
  for (int i = 0; i < 2; ++i) w.call(f, seconds(5));
  for (int i = 0; i < 2; ++i) w.simulation.spawn(w.expect_error(f, Kind::throttled, body));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 5);
  EXPECT_EQ(count(w, InvocationStatus::done), 2);
  EXPECT_EQ(count(w, InvocationStatus::throttled), 2);
  for (const Invocation& row : w.journal.invocations) {
    const bool refused = row.status == InvocationStatus::throttled;
    EXPECT_EQ(row.placed, !refused);
    if (!refused) continue;
    EXPECT_EQ(row.billed, Duration::zero());
    EXPECT_EQ(row.ended, sim::Time{});
    EXPECT_EQ(row.started, row.ended);
  }
  EXPECT_EQ(w.quantity("lambda.requests"), 2) << "a refused call is not charged";
  EXPECT_DOUBLE_EQ(w.quantity("lambda.duration.x86"), 2 * 5 * 1769 / 1024.0);
}

TEST(Throttle, TheMessageSaysWhichLimit) {
  const auto message = [](FunctionsConfig config) {
    FunctionsCloud w(std::move(config));
    const FunctionId f = w.functions.deploy(w.spec());
    for (int i = 0; i < 2; ++i) w.call(f, seconds(5));
    try {
      w.run();
    } catch (const InvocationError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(narrow(1, {.times = 0})),
            "function worker: throttled: 1 calls are under way in the region, as many as are allowed (called by caller, "
            "round 0)");
  FunctionsConfig slow = narrow(100, {.times = 0});
  slow.platform.scaling = {.environments = 1, .window = seconds(4)};
  EXPECT_EQ(message(slow),
            "function worker: throttled: 1 new instances per 4 s are started, not more (called by caller, round 0)");
}

TEST(Throttle, RefusedCallsBackOffExponentially) {
  FunctionsCloud w(narrow(1, {.times = 9, .delay = seconds(1), .factor = 2, .longest = seconds(3), .jitter = false}));
  const FunctionId f = w.functions.deploy(w.spec());
  w.call(f, seconds(8));
  int announced = 0;
  std::int64_t attempt = -1;
  w.simulation.spawn(w.functions.invoke(
      f, w.context("other"), {},
      [&](Instance& instance) -> sim::Task<> {
        attempt = instance.attempt();
        co_await w.simulation.delay(seconds(1));
      },
      [&] { ++announced; }));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 0 + 1 + 2 + 3 + 3 + 1) << "tries at 0, 1, 3, 6 and 9 s";
  EXPECT_EQ(count(w, InvocationStatus::throttled), 4);
  EXPECT_EQ(announced, 4) << "a workflow pays a transition for each";
  EXPECT_EQ(attempt, 0) << "the body ran for the first time";
  EXPECT_DOUBLE_EQ(w.spent(Phase::queued), 9);
}

TEST(Throttle, JitterTakesAUniformPartOfThePause) {
  const BackOff back_off{.times = 9, .delay = seconds(4), .factor = 2, .longest = seconds(10)};
  sim::RandomStream stream(1, "test", 0);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double pause = to_seconds(back_off.pause(3, stream));
    ASSERT_LE(pause, 10);
    sum += pause;
  }
  EXPECT_NEAR(sum / 10'000, 5, 0.1);
  EXPECT_LE(back_off.pause(4000, stream), seconds(10)) << "however often";
}

TEST(Throttle, AsynchronousCallsWaitInThePlatform) {
  FunctionsCloud w(narrow(1, {.times = 0}));
  const FunctionId f = w.functions.deploy(w.spec());
  for (int i = 0; i < 3; ++i) {
    w.functions.invoke_async(f, w.context("caller"), {},
                             [&w](Instance&) -> sim::Task<> { co_await w.simulation.delay(seconds(10)); });
  }
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 30);
  EXPECT_EQ(count(w, InvocationStatus::done), 3);
}

TEST(Throttle, AsynchronousCallsAreGivenUpAfterSixHours) {
  FunctionsCloud w(narrow(1, {.times = 0}));
  const FunctionId f = w.functions.deploy(w.spec());
  for (int i = 0; i < 30; ++i) {
    w.functions.invoke_async(f, w.context("caller"), {},
                             [&w](Instance&) -> sim::Task<> { co_await w.simulation.delay(seconds(900) - milliseconds(1)); });
  }
  w.run();
  EXPECT_EQ(count(w, InvocationStatus::done), 25) << "those that began before 24 × 900 s are over";
  EXPECT_EQ(count(w, InvocationStatus::throttled), 5);
  EXPECT_EQ(w.functions.platform().waiting(), 0);
  EXPECT_EQ(w.quantity("lambda.requests"), 25);
}

TEST(Throttle, ASynchronousCallDoesNotOvertakeOneThatWaits) {
  FunctionsCloud w(narrow(1, {.times = 0}));
  const FunctionId f = w.functions.deploy(w.spec());
  w.call(f, seconds(10));
  w.simulation.run_until(sim::Time{seconds(1)});
  w.functions.invoke_async(f, w.context("caller"), {},
                           [&w](Instance&) -> sim::Task<> { co_await w.simulation.delay(seconds(10)); });
  w.simulation.run_until(sim::Time{seconds(2)});
  w.simulation.spawn(w.expect_error(f, Kind::throttled, [](Instance&) -> sim::Task<> { co_return; }));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 20);
}

TEST(Throttle, SettingsOutOfRangeAreRefused) {
  EXPECT_THROW(FunctionsCloud(narrow(1, {.times = -1})), InputError);
  EXPECT_THROW(FunctionsCloud(narrow(1, {.factor = 0.5})), InputError);
  EXPECT_THROW(FunctionsCloud(narrow(1, {.delay = seconds(-1)})), InputError);
}

}  // namespace
}  // namespace windtunnel::models
