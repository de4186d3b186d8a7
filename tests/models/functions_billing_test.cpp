// Checks: what a call costs, on hand-worked figures: rounding, INIT under both sheets, the price of the processor,
// /tmp, time-outs, and the published bill of facts 2 through the models. When things happen is functions_test's
// subject.
#include <gtest/gtest.h>

#include "models/machines.h"
#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FunctionsBilling, OneCallToTheLastDigit) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {2048};
  w.call(w.functions.deploy(spec), microseconds(1'500'001));
  w.run();
  EXPECT_EQ(w.journal.invocations[0].billed, milliseconds(1501)) << "rounded up to 1 ms";
  EXPECT_DOUBLE_EQ(w.quantity("lambda.duration.x86"), 2 * 1.501);
  EXPECT_DOUBLE_EQ(w.quantity("lambda.requests"), 1);
  EXPECT_NEAR(w.journal.ledger.total().value, 2 * 1.501 * 0.0000166667 + 0.0000002, 1e-15);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::compute).value, 2 * 1.501 * 0.0000166667, 1e-15);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::requests).value, 0.0000002, 1e-15);
}

TEST(FunctionsBilling, WholeMillisecondsStayAndNothingCostsOne) {
  FunctionsCloud w;
  const FunctionId f = w.functions.deploy(w.spec());
  w.call(f, milliseconds(7));
  w.run();
  w.call(f, Duration::zero());
  w.run();
  EXPECT_EQ(w.journal.invocations[0].billed, milliseconds(7));
  EXPECT_EQ(w.journal.invocations[1].billed, milliseconds(1));
}

TEST(FunctionsBilling, ChargesCarryTheirContext) {
  FunctionsCloud w;
  const FunctionId f = w.functions.deploy(w.spec());
  const Context context = w.context("peer-3", Phase::average, 7);
  w.simulation.spawn(w.functions.invoke(f, context, {}, [](Instance&) -> sim::Task<> { co_return; }));
  w.simulation.run();
  ASSERT_FALSE(w.journal.ledger.charges().empty());
  for (const Charge& charge : w.journal.ledger.charges()) EXPECT_EQ(charge.context, context);
  EXPECT_EQ(w.journal.invocations[0].context, context);
}

double billed_s(std::string_view sheet, Package package) {
  FunctionsCloud w(FunctionsCloud::bare(), sheet);
  FunctionSpec spec = FunctionsCloud::spec();
  spec.memory = {1024};
  spec.cold_start.package = package;
  spec.cold_start.placement = constant(seconds(5));
  spec.cold_start.init = constant(milliseconds(800));
  const FunctionId f = w.functions.deploy(spec);
  w.call(f, seconds(2));
  w.run();
  return to_seconds(w.journal.invocations[0].billed);
}

TEST(FunctionsBilling, InitIsBilledByTheDateOfTheSheetAndThePackage) {
  EXPECT_DOUBLE_EQ(billed_s("aws-us-east-1-2025-08", Package::zip), 2.8);
  EXPECT_DOUBLE_EQ(billed_s("aws-us-east-1-2025-07", Package::zip), 2);
  EXPECT_DOUBLE_EQ(billed_s("aws-us-east-1-2025-07", Package::image), 2.8);
  EXPECT_DOUBLE_EQ(billed_s("aws-us-east-1-2025-08", Package::image), 2.8);
}

// 1024 MB and 1536 MB of /tmp above the free part; INIT 300.4 ms, run 1,200.5 ms. July: 1,201 ms. August: 1,500.9, so 1,501 ms.
// Either bill, made anew under the other month's sheet, is that month's to the last digit.
TEST(FunctionsBilling, ABillIsMadeAnewAcrossTheChangeOfInit) {
  const auto bill = [](std::string_view sheet) {
    FunctionsCloud w(FunctionsCloud::bare(), sheet);
    FunctionSpec spec = FunctionsCloud::spec();
    spec.memory = {1024};
    spec.tmp = {2048};
    spec.cold_start.init = constant(microseconds(300'400));
    w.call(w.functions.deploy(spec), microseconds(1'200'500));
    w.run();
    return w.journal.ledger;
  };
  const PriceSheet july = PriceSheet::named("aws-us-east-1-2025-07"), august = PriceSheet::named("aws-us-east-1-2025-08");
  const double in_july = 0.0000002 + 1.201 * (0.0000166667 + 1.5 * 0.0000000309);
  const double in_august = 0.0000002 + 1.501 * (0.0000166667 + 1.5 * 0.0000000309);
  EXPECT_NEAR(bill(july.name).total().value, in_july, 1e-15);
  EXPECT_NEAR(bill(august.name).total().value, in_august, 1e-15);
  EXPECT_NEAR(bill(july.name).under(august).total().value, in_august, 1e-15);
  EXPECT_NEAR(bill(august.name).under(july).total().value, in_july, 1e-15);
}

TEST(FunctionsBilling, ATimeOutIsBilledToTheTimeOut) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.memory = {1024};
  const FunctionId f = w.functions.deploy(spec);
  w.simulation.spawn(w.expect_error(f, InvocationError::Kind::timed_out, [&](Instance&) -> sim::Task<> {
    co_await w.simulation.delay(std::chrono::hours(5));
  }));
  w.run();
  EXPECT_DOUBLE_EQ(w.quantity("lambda.duration.x86"), 900);
}

TEST(FunctionsBilling, MoreTmpThanTheFreePartCosts) {
  FunctionsCloud w;
  FunctionSpec spec = w.spec();
  spec.tmp = {512 + 2048};
  w.call(w.functions.deploy(spec), seconds(10));
  w.call(w.functions.deploy(w.spec()), seconds(10));
  w.run();
  EXPECT_DOUBLE_EQ(w.quantity("lambda.tmp"), 2 * 10);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::storage).value, 20 * 0.0000000309, 1e-15);
}

// Facts 2: 15 minibatches of VGG11 as functions of 4400 MB on arm64 for 41.2 s, driven by a t2.small; or a t2.large for
// 258 s. The published sum bills the t2.small for 41.2 s; the provider bills 60 s, and 15 requests.
TEST(FunctionsBilling, ThePublishedBillThroughTheModels) {
  FunctionsCloud w;
  Machines machines(w.simulation, w.journal, w.network, {});
  FunctionSpec spec = w.spec();
  spec.memory = {4400};
  spec.processor = Processor::arm64;
  const FunctionId f = w.functions.deploy(spec);
  {
    const auto peer = machines.rent("t2.small", w.journal.actors.id("peer-0"));
    for (int i = 0; i < 15; ++i) w.call(f, milliseconds(41'200));
    w.run();
  }
  EXPECT_DOUBLE_EQ(w.now_s(), 41.2);
  const double functions = w.journal.ledger.total(CostKind::compute).value;
  EXPECT_NEAR(functions, 15 * 4400 / 1024.0 * 41.2 * 0.0000133334, 1e-12);
  EXPECT_NEAR(functions + 41.2 / 3600 * 0.023, 0.03567, 0.000005) << "as published";
  EXPECT_NEAR(w.journal.ledger.total().value, functions + 60 / 3600.0 * 0.023 + 15 * 0.0000002, 1e-12) << "as billed";

  Cloud without;
  Machines alone(without.simulation, without.journal, without.network, {});
  {
    const auto peer = alone.rent("t2.large", without.journal.actors.id("peer-0"));
    without.simulation.run_until(sim::Time{seconds(258)});
  }
  EXPECT_NEAR(without.journal.ledger.total().value, 0.00665, 0.000005);
  EXPECT_NEAR((functions + 41.2 / 3600 * 0.023) / without.journal.ledger.total().value, 5.36, 0.005);
}

}  // namespace
}  // namespace windtunnel::models
