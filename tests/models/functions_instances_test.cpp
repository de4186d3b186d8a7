// Checks: what happens to an instance between and around its calls: INIT that takes too long, INIT that is repeated after a
// time-out, and the data that an instance keeps while it is warm. How long it stays warm is warm_pool_test's subject.
#include <gtest/gtest.h>

#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::seconds;
using Kind = InvocationError::Kind;

// The provider resets the environment and repeats INIT inside the next call ("suppressed init"); what the instance kept in
// memory is gone.
TEST(FunctionsInstances, AfterATimeOutInitIsRepeatedInsideTheNextCall) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.init = constant(seconds(2));
  spec.timeout = seconds(20);
  const FunctionId f = w.functions.deploy(spec);
  std::vector<std::int64_t> kept;
  const auto call = [&](Duration length) -> Functions::Body {
    return [&, length](Instance& instance) -> sim::Task<> {
      kept.push_back(instance.kept().count);
      instance.kept() += Bytes{100};
      co_await w.simulation.delay(length);
    };
  };
  w.simulation.spawn([](FunctionsCloud& world, FunctionId function, auto body) -> sim::Task<> {
    const Context c = world.context("caller");
    co_await world.functions.invoke(function, c, {}, body(seconds(1)));
    co_await world.expect_error(function, Kind::timed_out, body(seconds(60)));
    co_await world.functions.invoke(function, c, {}, body(seconds(3)));
    co_await world.functions.invoke(function, c, {}, body(seconds(4)));
  }(w, f, call));
  w.simulation.run();
  const auto& rows = w.journal.invocations;
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(kept, (std::vector<std::int64_t>{0, 100, 0, 100}));
  for (const Invocation& row : rows) EXPECT_EQ(row.instance, 0u);
  EXPECT_EQ(rows[0].init, seconds(2));
  EXPECT_EQ(rows[0].billed, seconds(2 + 1));
  EXPECT_EQ(rows[1].billed, seconds(20));
  EXPECT_FALSE(rows[2].cold);
  EXPECT_EQ(rows[2].init, Duration::zero()) << "it is part of the run";
  EXPECT_EQ(rows[2].ended - rows[2].started, seconds(2 + 3));
  EXPECT_EQ(rows[2].billed, seconds(2 + 3));
  EXPECT_EQ(rows[3].billed, seconds(4)) << "once";
  EXPECT_DOUBLE_EQ(w.spent(Phase::cold_start), 2 + 2);
}

TEST(FunctionsInstances, ARepeatedInitCountsAgainstTheTimeOut) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.init = constant(seconds(8));
  spec.timeout = seconds(10);
  spec.retry = {.times = 2, .delay = seconds(1)};
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.expect_error(f, Kind::timed_out, [&](Instance& instance) -> sim::Task<> {
    co_await w.simulation.delay(seconds(instance.attempt() == 0 ? 60 : 3));
  }));
  w.run();
  for (const Invocation& row : w.journal.invocations) EXPECT_EQ(row.status, InvocationStatus::timed_out);
  EXPECT_EQ(w.journal.invocations.size(), 3u) << "8 + 3 s are more than 10";
}

TEST(FunctionsInstances, AnInstanceKeepsItsDataWhileItIsWarm) {
  FunctionsCloud w;
  const FunctionId f = w.functions.deploy(w.spec());
  std::vector<std::int64_t> kept;
  const Functions::Body body = [&](Instance& instance) -> sim::Task<> {
    kept.push_back(instance.kept().count);
    instance.kept() = {instance.kept().count + 7};
    co_await w.simulation.delay(seconds(1));
  };
  w.simulation.spawn([](FunctionsCloud& world, FunctionId function, const Functions::Body& run) -> sim::Task<> {
    const Context c = world.context("caller");
    co_await world.functions.invoke(function, c, {}, run);
    co_await world.functions.invoke(function, c, {}, run);
    co_await world.simulation.delay(seconds(600));
    co_await world.functions.invoke(function, c, {}, run);
  }(w, f, body));
  w.simulation.run();
  EXPECT_EQ(kept, (std::vector<std::int64_t>{0, 7, 0})) << "gone with the first instance";
}

TEST(FunctionsInstances, AnInitAboveTheLimitStartsAgainInsideTheCall) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.init = constant(seconds(12));
  const FunctionId f = w.functions.deploy(spec);
  w.call(f, seconds(1));
  w.run();
  const Invocation& row = w.journal.invocations[0];
  EXPECT_EQ(row.init, seconds(10));
  EXPECT_EQ(row.ended - row.started, seconds(12 + 1));
  EXPECT_EQ(row.billed, seconds(10 + 12 + 1));
  EXPECT_DOUBLE_EQ(w.spent(Phase::cold_start), 22);
}

TEST(FunctionsInstances, AnInitAboveTheTimeOutNeverRuns) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.cold_start.init = constant(seconds(40));
  spec.timeout = seconds(30);
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.expect_error(f, Kind::timed_out, [](Instance&) -> sim::Task<> { co_return; }));
  w.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 40);
}

}  // namespace
}  // namespace windtunnel::models
