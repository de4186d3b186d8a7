// Checks: states and maps of an execution, their transitions and price, the B + 8 of a SPIRT epoch (facts 1), what an
// execution remembers when it is interrupted, retries, concurrency of maps, limits on payload and history, and that a
// failed or killed map ends all its iterations. Express executions are workflow_express_test's subject. Does not check what
// the states do.
#include "models/workflow.h"

#include <gtest/gtest.h>

#include "models/functions.h"
#include "tests/models/workflow_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Workflow, AnEpochOfSpirtHasItsTransitions) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  constexpr std::int64_t minibatches = 24;
  w.simulation.spawn([](WorkflowCloud& world, Execution& run) -> sim::Task<> {
    co_await run.state({.name = "Authenticate", .context = world.here}, no_task);
    co_await run.map({.name = "ComputeGradients", .context = world.here, .items = minibatches}, nothing);
    for (const char* name : {"AverageGradients", "CheckHeartbeat", "Aggregate", "Update", "CheckConvergence", "TriggerNext"}) {
      co_await run.state({.name = name, .context = world.here}, no_task);
    }
    run.finish();
  }(w, execution));
  w.simulation.run();
  EXPECT_EQ(execution.transitions(), minibatches + 8);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 32);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::requests).value, 32 * 0.000025, 1e-15);
  EXPECT_EQ(execution.events(), 1 + 7 * 5 + 4 + 24 * 7);
  EXPECT_NEAR(w.now_s(), 9 * 0.025, 1e-12) << "8 states and, at once, the 24 iterations";
  EXPECT_NEAR(w.spent(Phase::transition), 32 * 0.025, 1e-9);
  ASSERT_EQ(w.journal.requests().size(), 1u);
  EXPECT_EQ(w.journal.requests()[0].operation, "stepfunctions.transitions");
  EXPECT_EQ(w.journal.requests()[0].count, 32);
}

TEST(Workflow, AnExecutionLeavesOneRow) {
  WorkflowCloud w;
  {
    Execution finished = w.workflow.start(w.here);
    Execution dropped = w.workflow.start(w.context("peer-1"));
    w.simulation.spawn(finished.state({.name = "a", .context = w.here}, w.lasting(seconds(2))));
    w.simulation.run();
    finished.finish();
    finished.finish();
    Execution moved = std::move(dropped);
  }
  ASSERT_EQ(w.journal.workflow_runs.size(), 2u);
  const WorkflowRun& run = w.journal.workflow_runs[0];
  EXPECT_EQ(run.context, w.here);
  EXPECT_FALSE(run.express);
  EXPECT_EQ(run.started, sim::Time{});
  EXPECT_EQ(run.ended, sim::Time{milliseconds(2025)});
  EXPECT_EQ(run.transitions, 1);
  EXPECT_EQ(run.events, 1 + 5);
  EXPECT_EQ(w.journal.workflow_runs[1].context.actor, w.journal.actors.id("peer-1"));
}

/// Two states and a map between them; notes what ran.
sim::Task<> walk(WorkflowCloud& w, Execution& run, std::vector<std::string>& ran) {
  co_await run.state({.name = "first", .context = w.here}, w.noting("first", ran));
  co_await run.map({.name = "map", .context = w.here, .items = 3}, [&](std::int64_t i) -> sim::Task<> {
    return w.noting("item-" + std::to_string(i), ran, seconds(i + 1))();
  });
  co_await run.state({.name = "last", .context = w.here}, w.noting("last", ran));
}

TEST(Workflow, AnInterruptedExecutionGoesOnWithWhatHadNotEnded) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  EXPECT_TRUE(execution.resumes());
  std::vector<std::string> ran;
  sim::Process first = w.simulation.spawn(walk(w, execution, ran));
  w.simulation.run_until(sim::Time{from_seconds(1.025 + 0.05 + 1.5)});  // item 0 has ended, items 1 and 2 have not
  first.kill();
  EXPECT_EQ(ran, (std::vector<std::string>{"first", "item-0"}));
  EXPECT_EQ(execution.transitions(), 1 + 1 + 3);
  ran.clear();
  w.simulation.spawn(walk(w, execution, ran));
  w.simulation.run();
  EXPECT_EQ(ran, (std::vector<std::string>{"item-1", "item-2", "last"}));
  EXPECT_EQ(execution.transitions(), 5 + 1 + 2 + 1) << "the map and two iterations are entered again";
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 9);
  EXPECT_EQ(execution.events(), (1 + 5 + 4 + 3 * 7) + (4 + 2 * 7) + 5);
  execution.finish();
  EXPECT_EQ(w.journal.workflow_runs.size(), 1u) << "it is one execution";
  Execution next = w.workflow.start(w.here);
  w.simulation.spawn(walk(w, next, ran));
  w.simulation.run();
  EXPECT_EQ(ran.size(), 3u + 5u) << "the next execution remembers nothing";
}

TEST(Workflow, AStateThatEndedDoesNotRunAgain) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  std::vector<std::string> ran;
  for (int i = 0; i < 2; ++i) {
    w.simulation.spawn(walk(w, execution, ran));
    w.simulation.run();
  }
  EXPECT_EQ(ran.size(), 5u);
  EXPECT_EQ(execution.transitions(), 1 + 4 + 1);
}

TEST(Workflow, EachRetryIsATransitionMore) {
  WorkflowCloud w;
  FunctionsConfig config;
  config.overhead = constant(Duration::zero());
  Functions functions(w.simulation, w.journal, w.network, config);
  FunctionSpec spec{.name = "step"};
  spec.retry = {.times = 3, .delay = seconds(1)};
  const FunctionId f = functions.deploy(spec);
  Execution execution = w.workflow.start(w.here);
  const auto failing = [&](Instance& instance) -> sim::Task<> {
    if (instance.attempt() < 2) throw RunError("not yet");
    co_return;
  };
  w.simulation.spawn(execution.state({.name = "step", .context = w.here}, [&] {
    return functions.invoke(f, w.here, {}, failing, execution.on_retry(w.here));
  }));
  w.simulation.run();
  EXPECT_EQ(execution.transitions(), 1 + 2);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 3);
  EXPECT_EQ(execution.events(), 1 + 5 + 2 * 3);
  EXPECT_EQ(w.quantity("lambda.requests"), 3) << "and each failed call is paid";
  execution.on_retry(w.here, MapMode::distributed)();
  EXPECT_EQ(execution.events(), 1 + 5 + 2 * 3) << "it is in the child's history";
}

TEST(Workflow, RetriesFillTheHistory) {
  WorkflowConfig config = WorkflowCloud::config();
  config.history_limit = 1 + 5 + 3;
  WorkflowCloud w(config);
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn(execution.state({.name = "step", .context = w.here}, no_task));
  w.simulation.run();
  const auto retry = execution.on_retry(w.here);
  retry();
  EXPECT_THROW(retry(), WorkflowError);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 2);
}

TEST(Workflow, OthersTransitionsChangeNobodysDraws) {
  const auto times = [](int others) {
    WorkflowCloud w{WorkflowConfig{}};
    std::vector<Execution> crowd;
    for (int i = 0; i < others; ++i) crowd.push_back(w.workflow.start(w.context("other-" + std::to_string(i))));
    for (Execution& other : crowd) w.simulation.spawn(other.state({.name = "a", .context = w.context("other-0")}, no_task));
    Execution mine = w.workflow.start(w.here);
    std::vector<sim::Time> ends;
    w.simulation.spawn([](WorkflowCloud& world, Execution& run, std::vector<sim::Time>& at) -> sim::Task<> {
      for (const char* name : {"a", "b", "c", "d"}) {
        co_await run.state({.name = name, .context = world.here}, no_task);
        at.push_back(world.simulation.now());
      }
    }(w, mine, ends));
    w.simulation.run();
    return ends;
  };
  EXPECT_EQ(times(0), times(7));
}

TEST(Workflow, InlineMapsRunFortyAtOnceAndDistributedMore) {
  for (const auto& [mode, expected_s] :
       {std::pair(MapMode::inlined, 0.025 + 3 * 10.025), {MapMode::distributed, 0.025 + 10.025}}) {
    WorkflowCloud w;
    Execution execution = w.workflow.start(w.here);
    std::vector<std::int64_t> order;
    w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = 100, .mode = mode}, [&](std::int64_t index) -> sim::Task<> {
      order.push_back(index);
      co_await w.simulation.delay(seconds(10));
    }));
    w.simulation.run();
    EXPECT_NEAR(w.now_s(), expected_s, 1e-9);
    EXPECT_EQ(execution.transitions(), 101);
    ASSERT_EQ(order.size(), 100u);
    for (std::int64_t i = 0; i < 100; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  }
}

TEST(Workflow, AnEmptyMapIsOneTransition) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = 0}, nothing));
  w.simulation.run();
  EXPECT_EQ(execution.transitions(), 1);
}

WorkflowError::Kind error_of(WorkflowCloud& w, sim::Task<> task) {
  w.simulation.spawn(std::move(task));
  try {
    w.simulation.run();
  } catch (const WorkflowError& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST(Workflow, PayloadsHaveALimit) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn(execution.state({.name = "a", .context = w.here, .input = {262'144}}, no_task));
  w.simulation.run();
  EXPECT_EQ(error_of(w, execution.state({.name = "b", .context = w.here, .input = {262'145}}, no_task)), WorkflowError::Kind::payload_too_large);
  EXPECT_EQ(error_of(w, execution.map({.name = "map", .context = w.here, .items = 1, .input = {262'145}}, nothing)),
            WorkflowError::Kind::payload_too_large);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 1) << "a refused state costs nothing";
}

TEST(Workflow, HistoryHasALimitThatDistributedMapsSpare) {
  WorkflowCloud w;
  // 1 + 4 + 7 × 3571 = 25,002 events are too many, one iteration less is not.
  Execution execution = w.workflow.start(w.here);
  EXPECT_EQ(error_of(w, execution.map({.name = "map", .context = w.here, .items = 3571}, nothing)), WorkflowError::Kind::history_full);
  Execution smaller = w.workflow.start(w.here);
  w.simulation.spawn(smaller.map({.name = "map", .context = w.here, .items = 3570}, nothing));
  w.simulation.run();
  EXPECT_EQ(smaller.events(), 24'995);
  EXPECT_EQ(error_of(w,
                     [](WorkflowCloud& world, Execution& run) -> sim::Task<> {
                       co_await run.state({.name = "a", .context = world.here}, no_task);
                       co_await run.state({.name = "b", .context = world.here}, no_task);
                     }(w, smaller)),
            WorkflowError::Kind::history_full);
  Execution distributed = w.workflow.start(w.here);
  w.simulation.spawn(distributed.map({.name = "map", .context = w.here, .items = 9000, .mode = MapMode::distributed}, nothing));
  w.simulation.run();
  EXPECT_EQ(distributed.events(), 5);
}

TEST(Workflow, TheFirstFailureEndsTheMap) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  int finished = 0;
  w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = 60}, [&](std::int64_t index) -> sim::Task<> {
    co_await w.simulation.delay(seconds(index + 1));
    if (index == 4) throw RunError("minibatch 4");
    ++finished;
  }));
  EXPECT_THROW(w.simulation.run(), RunError);
  EXPECT_EQ(finished, 4);
  EXPECT_NEAR(w.now_s(), 5.05, 1e-9);
}

TEST(Workflow, AKilledMapEndsItsIterations) {
  WorkflowCloud w;
  Execution execution = w.workflow.start(w.here);
  int begun = 0, finished = 0;
  const Execution::Iteration body = [&](std::int64_t) -> sim::Task<> {
    ++begun;
    co_await w.simulation.delay(seconds(10));
    ++finished;
  };
  sim::Process process = w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = 60}, body));
  w.simulation.run_until(sim::Time{seconds(5)});
  process.kill();
  w.simulation.run();
  EXPECT_EQ(begun, 40);
  EXPECT_EQ(finished, 0);
  EXPECT_DOUBLE_EQ(w.now_s(), 5);
}

}  // namespace
}  // namespace windtunnel::models
