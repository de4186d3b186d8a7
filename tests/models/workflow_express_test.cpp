// Checks: what an express execution is charged (request, time in steps of 100 ms, memory in steps of 64 MB), its limit of
// time, that it begins anew after an interruption, and that transitions, retries and history cost it nothing.
#include <gtest/gtest.h>

#include "tests/models/workflow_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct ExpressCloud : WorkflowCloud {
  ExpressCloud() : WorkflowCloud(config(WorkflowKind::express)) {}
  double gb_s() const { return quantity("stepfunctions.express.duration"); }
  double started() const { return quantity("stepfunctions.express.requests"); }
};

TEST(Express, IsPaidByTheRequestAndByTime) {
  ExpressCloud w;
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn([](ExpressCloud& world, Execution& run) -> sim::Task<> {
    co_await run.state({.name = "a", .context = world.here}, world.lasting(seconds(3)));
    co_await run.map({.name = "map", .context = world.here, .items = 24}, nothing);
    run.on_retry(world.here)();
    run.finish();
  }(w, execution));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 3.075) << "transitions take their time";
  EXPECT_EQ(w.quantity("stepfunctions.transitions"), 0);
  EXPECT_EQ(w.started(), 1);
  EXPECT_DOUBLE_EQ(w.gb_s(), 3.1 * 64 / 1024);
  EXPECT_NEAR(w.journal.ledger.total().value, 1e-6 + 3.1 * 64 / 1024 * 0.00001667, 1e-15);
  ASSERT_EQ(w.journal.workflow_runs.size(), 1u);
  const WorkflowRun& run = w.journal.workflow_runs[0];
  EXPECT_TRUE(run.express);
  EXPECT_EQ(run.ended - run.started, milliseconds(3075));
  EXPECT_EQ(run.memory, Memory{64});
  EXPECT_EQ(run.transitions, 1 + 1 + 24 + 1);
  EXPECT_EQ(run.events, 0);
  ASSERT_EQ(w.journal.requests().size(), 1u);
  EXPECT_EQ(w.journal.requests()[0].operation, "stepfunctions.express.requests");
}

// The example of the provider's price list: 400 map steps with 32 KB of payload need 50 MB + 12,800 KB, billed as 64 MB;
// 100 million executions of 10 s cost $100.00 and, in three tiers, $382.97.
TEST(Express, ThePublishedBill) {
  ExpressCloud w;
  const auto memory_of = [&](std::int64_t items, Bytes input) {
    Execution execution = w.workflow.start(w.here);
    w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = items, .input = input}, nothing));
    w.simulation.run();
    execution.finish();
    return w.journal.workflow_runs.back().memory;
  };
  EXPECT_EQ(memory_of(400, {32 * 1024}), Memory{64});
  EXPECT_EQ(memory_of(500, {32 * 1024}), Memory{128}) << "50 + 15.6 MB";
  const PriceSheet& prices = w.journal.ledger.prices();
  const double gb_s = 1e8 * 10 * 64 / 1024;
  EXPECT_NEAR(prices.cost(prices.item("stepfunctions.express.requests"), {.before = 0, .quantity = 1e8}).value, 100, 1e-9);
  EXPECT_NEAR(prices.cost(prices.item("stepfunctions.express.duration"), {.before = 0, .quantity = gb_s}).value, 382.97, 0.1);
}

TEST(Express, BeginsAnewAfterAnInterruption) {
  ExpressCloud w;
  Execution execution = w.workflow.start(w.here);
  EXPECT_FALSE(execution.resumes());
  std::vector<std::string> ran;
  const auto walk = [&]() -> sim::Task<> {
    co_await execution.state({.name = "first", .context = w.here}, w.noting("first", ran));
    co_await execution.state({.name = "last", .context = w.here}, w.noting("last", ran));
  };
  sim::Process process = w.simulation.spawn(walk());
  w.simulation.run_until(sim::Time{from_seconds(1.5)});
  process.kill();
  EXPECT_DOUBLE_EQ(w.gb_s(), 1.5 * 64 / 1024) << "paid until then";
  w.simulation.run_until(sim::Time{seconds(60)});
  w.simulation.spawn(walk());
  w.simulation.run();
  execution.finish();
  EXPECT_EQ(ran, (std::vector<std::string>{"first", "first", "last"}));
  EXPECT_EQ(w.started(), 2);
  ASSERT_EQ(w.journal.workflow_runs.size(), 2u);
  EXPECT_EQ(w.journal.workflow_runs[0].ended, sim::Time{from_seconds(1.5)});
  EXPECT_EQ(w.journal.workflow_runs[1].started, sim::Time{seconds(60)}) << "the pause is nobody's";
  EXPECT_DOUBLE_EQ(w.gb_s(), (1.5 + 2.1) * 64 / 1024);
}

TEST(Express, EndsAfterFiveMinutes) {
  ExpressCloud w;
  Execution execution = w.workflow.start(w.here);
  std::vector<std::string> ran;
  const auto walk = [&]() -> sim::Task<> {
    co_await execution.state({.name = "first", .context = w.here}, w.noting("first", ran, minutes(4)));
    co_await execution.map({.name = "map", .context = w.here, .items = 2}, [&](std::int64_t i) -> sim::Task<> {
      return w.noting("item", ran, seconds(i == 0 ? 1 : 600))();
    });
  };
  w.simulation.spawn(walk());
  try {
    w.simulation.run();
    ADD_FAILURE() << "no error";
  } catch (const WorkflowError& error) {
    EXPECT_EQ(error.kind(), WorkflowError::Kind::timed_out);
    EXPECT_STREQ(error.what(), "workflow: the express execution timed out after 5 min 00 s (started by peer-0, round 0)");
  }
  EXPECT_DOUBLE_EQ(w.now_s(), 300);
  EXPECT_EQ(ran, (std::vector<std::string>{"first", "item"}));
  EXPECT_DOUBLE_EQ(w.gb_s(), 300 * 64 / 1024.0);
}

TEST(Express, HasAPayloadLimitButNoHistory) {
  ExpressCloud w;
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn(execution.map({.name = "map", .context = w.here, .items = 9000}, nothing));
  EXPECT_NO_THROW(w.simulation.run()) << "63,000 events in a standard execution";
  w.simulation.spawn(execution.state({.name = "a", .context = w.here, .input = {262'145}}, no_task));
  EXPECT_THROW(w.simulation.run(), WorkflowError);
}

TEST(Express, HasNoDistributedMap) {
  ExpressCloud w;
  Execution execution = w.workflow.start(w.here);
  w.simulation.spawn(
      execution.map({.name = "map", .context = w.here, .items = 1, .mode = MapMode::distributed}, nothing));
  EXPECT_THROW(w.simulation.run(), WorkflowError);
}

}  // namespace
}  // namespace windtunnel::models
