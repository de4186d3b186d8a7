// Checks: transitions and their price, the B + 8 of a SPIRT epoch (facts 1), concurrency of maps, limits on payload and
// history, and that a failed or killed map ends all its iterations. Does not check what the states do.
#include "models/workflow.h"

#include <gtest/gtest.h>

#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct WorkflowCloud : Cloud {
  WorkflowCloud() : workflow(simulation, journal, config()) {}
  static WorkflowConfig config() {
    WorkflowConfig config;
    config.transition = constant(milliseconds(25));
    return config;
  }
  Workflow workflow;
  Context here = context("peer-0");
};

sim::Task<> nothing(std::int64_t) { co_return; }

TEST(Workflow, AnEpochOfSpirtHasItsTransitions) {
  WorkflowCloud w;
  Execution execution = w.workflow.start();
  constexpr std::int64_t minibatches = 24;
  w.simulation.spawn([](WorkflowCloud& world, Execution& run) -> sim::Task<> {
    co_await run.transition(world.here);                              // Authenticate
    co_await run.map({.items = minibatches}, world.here, nothing);    // ComputeGradients
    for (int i = 0; i < 6; ++i) co_await run.transition(world.here);  // AverageGradients … TriggerNext
  }(w, execution));
  w.simulation.run();
  EXPECT_EQ(execution.transitions(), minibatches + 8);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 32);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::requests).value, 32 * 0.000025, 1e-15);
  EXPECT_EQ(execution.events(), 1 + 7 * 5 + 4 + 24 * 7);
  EXPECT_NEAR(w.now_s(), 9 * 0.025, 1e-12) << "8 states and, at once, the 24 iterations";
  EXPECT_NEAR(w.spent(Phase::transition), 32 * 0.025, 1e-9);
}

TEST(Workflow, InlineMapsRunFortyAtOnceAndDistributedMore) {
  for (const auto& [mode, expected_s] :
       {std::pair(MapMode::inlined, 0.025 + 3 * 10.025), {MapMode::distributed, 0.025 + 10.025}}) {
    WorkflowCloud w;
    Execution execution = w.workflow.start();
    std::vector<std::int64_t> order;
    w.simulation.spawn(execution.map({.items = 100, .mode = mode}, w.here, [&](std::int64_t index) -> sim::Task<> {
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
  Execution execution = w.workflow.start();
  w.simulation.spawn(execution.map({.items = 0}, w.here, nothing));
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
  Execution execution = w.workflow.start();
  w.simulation.spawn(execution.transition(w.here, {262'144}));
  w.simulation.run();
  EXPECT_EQ(error_of(w, execution.transition(w.here, {262'145})), WorkflowError::Kind::payload_too_large);
  EXPECT_EQ(error_of(w, execution.map({.items = 1, .input = {262'145}}, w.here, nothing)),
            WorkflowError::Kind::payload_too_large);
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 1) << "a refused state costs nothing";
}

TEST(Workflow, HistoryHasALimitThatDistributedMapsSpare) {
  WorkflowCloud w;
  // 1 + 4 + 7 × 3571 = 25,002 events are too many, one iteration less is not.
  Execution execution = w.workflow.start();
  EXPECT_EQ(error_of(w, execution.map({.items = 3571}, w.here, nothing)), WorkflowError::Kind::history_full);
  Execution smaller = w.workflow.start();
  w.simulation.spawn(smaller.map({.items = 3570}, w.here, nothing));
  w.simulation.run();
  EXPECT_EQ(smaller.events(), 24'995);
  EXPECT_EQ(error_of(w,
                     [](WorkflowCloud& world, Execution& run) -> sim::Task<> {
                       co_await run.transition(world.here);
                       co_await run.transition(world.here);
                     }(w, smaller)),
            WorkflowError::Kind::history_full);
  Execution distributed = w.workflow.start();
  w.simulation.spawn(distributed.map({.items = 9000, .mode = MapMode::distributed}, w.here, nothing));
  w.simulation.run();
  EXPECT_EQ(distributed.events(), 5);
}

TEST(Workflow, TheFirstFailureEndsTheMap) {
  WorkflowCloud w;
  Execution execution = w.workflow.start();
  int finished = 0;
  w.simulation.spawn(execution.map({.items = 60}, w.here, [&](std::int64_t index) -> sim::Task<> {
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
  Execution execution = w.workflow.start();
  int begun = 0, finished = 0;
  const Execution::Iteration body = [&](std::int64_t) -> sim::Task<> {
    ++begun;
    co_await w.simulation.delay(seconds(10));
    ++finished;
  };
  sim::Process process = w.simulation.spawn(execution.map({.items = 60}, w.here, body));
  w.simulation.run_until(sim::Time{seconds(5)});
  process.kill();
  w.simulation.run();
  EXPECT_EQ(begun, 40);
  EXPECT_EQ(finished, 0);
  EXPECT_DOUBLE_EQ(w.now_s(), 5);
}

}  // namespace
}  // namespace windtunnel::models
