// Equal terms: what one architecture pays in time, money or memory, the others pay for the same thing. Hand-worked where a
// number is given. Not checked here: the services' own models (tests/models), published tables (published_test.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "architectures/centralized.h"
#include "terms.h"

namespace windtunnel::architectures {
namespace {

using namespace std::chrono_literals;
using models::Phase;
using testing::HasSubstr;

class EveryArchitecture : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, EveryArchitecture, testing::Values("spirt", "parameter_server", "centralized"));

TEST_P(EveryArchitecture, WhatIsRentedHasToStart) {
  Flight flight;
  flight.architecture.select(GetParam());
  const auto counted = flight.fly();
  ASSERT_EQ(counted.error, "");
  ASSERT_TRUE(counted.journal->training_started());
  EXPECT_GT(*counted.journal->training_started() - sim::Time{}, 60s);
  EXPECT_GT(counted.journal->startup_cost().value, 0);
  EXPECT_FALSE(spans_of(*counted.journal, Phase::boot).empty());

  flight.cloud.provisioning = models::Provisioning::before_start;
  const auto before = flight.fly();
  EXPECT_EQ(before.journal->training_started(), sim::Time{});
  EXPECT_EQ(spent(*before.journal, Phase::boot), 0s);
  EXPECT_EQ(before.journal->startup_cost().value, 0);
  const Duration training = counted.ended - *counted.journal->training_started();
  EXPECT_NEAR(to_seconds(training), to_seconds(before.ended - sim::Time{}), 0.05 * to_seconds(training))
      << "training itself takes as long either way";
  EXPECT_TRUE(counted.models == before.models);
}

TEST_P(EveryArchitecture, RoundsAreCountedFromTheStartOfTheTraining) {
  Flight flight;
  flight.architecture.select(GetParam());
  const auto landed = flight.fly();
  EXPECT_EQ(landed.journal->rounds.front().start, *landed.journal->training_started());
}

TEST_P(EveryArchitecture, ADecisionAboutTheTargetTakesTimeInDueRoundsOnly) {
  Flight flight;
  flight.architecture.select(GetParam());
  flight.job.rounds = 6;
  flight.job.evaluate_every = 3;
  const auto looked_at = flight.fly();
  EXPECT_TRUE(spans_of(*looked_at.journal, Phase::evaluate).empty()) << "seen from outside: no time";
  flight.job.target_accuracy = 0.99;  // a quadratic never reaches it
  const auto decided = flight.fly();
  ASSERT_EQ(decided.error, "");
  std::set<std::int32_t> rounds;
  for (const models::Span& span : spans_of(*decided.journal, Phase::evaluate)) rounds.insert(span.context.round);
  EXPECT_EQ(rounds, (std::set<std::int32_t>{2, 5}));
  EXPECT_GT(quantity(*decided.journal, "s3.get"), quantity(*looked_at.journal, "s3.get")) << "the test data are read";
}

TEST_P(EveryArchitecture, NeedsMemoryForTheBatch) {
  Flight flight;
  flight.architecture.select(GetParam());
  flight.learning.select("none");
  choose(flight.learning, "network", "resnet18");
  flight.cloud.function.memory = Memory{3008};
  if (flight.architecture.selected() == "centralized") flight.as<Centralized>().server.machine = "c5.large";
  flight.job.minibatches = 1;
  flight.job.workers = 2;
  flight.job.batch_size = 32;
  EXPECT_EQ(flight.fly().error, "");
  flight.job.batch_size = 8192;
  EXPECT_THAT(flight.fly().error, HasSubstr("out of memory"));
}

TEST_P(EveryArchitecture, ARuleOrAnOptimizerTakesItsOwnTime) {
  Flight flight = bare_flight(GetParam());
  flight.learning.select("none");
  const auto sgd = flight.fly();
  flight.optimizer.select("adam");
  const auto adam = flight.fly();
  EXPECT_GT(spent(*adam.journal, Phase::update), spent(*sgd.journal, Phase::update));
}

TEST(Rules, CostTheSameInTheDatabaseAndAtTheServer) {
  const auto aggregation_time = [](std::string_view architecture, std::string_view rule) {
    Flight flight = bare_flight(architecture);
    flight.learning.select("none");
    flight.job = {.workers = 8, .rounds = 1, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
    if (architecture == "spirt") flight.as<Spirt>().rule.select(rule);
    else flight.as<ParameterServer>().rule.select(rule);
    const auto landed = flight.fly();
    EXPECT_EQ(landed.error, "");
    const auto spans = spans_of(*landed.journal, Phase::aggregate, architecture == "spirt" ? "peer-0" : "server");
    if (spans.empty()) return Duration{};
    Duration inside = spans.front().end - spans.front().start;
    if (architecture == "spirt") {
      const auto fetches = spans_of(*landed.journal, Phase::fetch, "peer-0");
      for (const auto& fetch : fetches) {
        if (fetch.start >= spans.front().start && fetch.end <= spans.front().end) inside -= fetch.end - fetch.start;
      }
    }
    return inside;
  };
  for (const char* rule : {"mean", "krum", "median"}) {
    EXPECT_EQ(aggregation_time("spirt", rule), aggregation_time("parameter_server", rule)) << rule;
  }
  EXPECT_GT(aggregation_time("spirt", "krum"), 3 * aggregation_time("spirt", "mean"));
}

// 8 workers push 4 MB each: the worker encodes at 100 MB/s, the server's one thread decodes one after the other at 40 MB/s.
TEST(Encoding, IsTheSameForFunctionsAndMachinesAndQueuesAtTheServer) {
  for (const WorkerKind kind : {WorkerKind::function, WorkerKind::machine}) {
    Flight flight = bare_flight("parameter_server");
    flight.learning.select("none");
    assign(flight.learning, "parameters", std::int64_t{1'000'000});
    flight.as<ParameterServer>().worker = kind;
    flight.cloud.compute.encode = {100e6};
    flight.cloud.compute.decode = {40e6};
    flight.job = {.workers = 8, .rounds = 1, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
    const auto landed = flight.fly();
    ASSERT_EQ(landed.error, "");
    // A pull is decoded (100 ms) and a push encoded (40 ms) by each worker.
    EXPECT_EQ(spent(*landed.journal, Phase::encode, "worker-3"), 140ms);
    // The server encodes the model once (40 ms) and decodes eight updates (800 ms).
    EXPECT_EQ(spent(*landed.journal, Phase::encode, "server"), 840ms);
    const auto decoded = spans_of(*landed.journal, Phase::encode, "server");
    for (std::size_t i = 2; i < decoded.size(); ++i) EXPECT_GE(decoded[i].start, decoded[i - 1].end) << "one thread";
  }
}

TEST(Encoding, IsPaidByAPeersFunctionsToo) {
  Flight flight = bare_flight("spirt");
  flight.learning.select("none");
  assign(flight.learning, "parameters", std::int64_t{1'000'000});
  flight.cloud.function.memory = Memory{1769};
  flight.cloud.compute.encode = {100e6};
  flight.cloud.compute.decode = {40e6};
  flight.job = {.workers = 3, .rounds = 2, .minibatches = 2, .batch_size = 8, .evaluate_every = 1};
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  // Each gradient's function decodes the weights and encodes the gradient.
  EXPECT_EQ(spent(*landed.journal, Phase::encode, "peer-1"), 2 * 2 * 140ms);
}

TEST(Encoding, OfABinaryTensorIsSlowerOnAShareOfAProcessor) {
  Flight flight = bare_flight("spirt");
  flight.learning.select("none");
  flight.job = {.workers = 1, .rounds = 1, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
  flight.cloud.function.memory = Memory{1769};
  const auto whole = flight.fly();
  flight.cloud.function.memory = Memory{3538};
  EXPECT_EQ(spent(*flight.fly().journal, Phase::encode), spent(*whole.journal, Phase::encode)) << "one thread";
  flight.cloud.function.memory = Memory{884};
  EXPECT_NEAR(to_seconds(spent(*flight.fly().journal, Phase::encode)),
              to_seconds(spent(*whole.journal, Phase::encode)) * 1769 / 884, 1e-6);
}

// Eight minibatches on eight processors take as long as one on one, wherever the processors are.
TEST(Processors, SeveralMinibatchesShareThemAlike) {
  const auto one_round = [](std::string_view architecture, std::int64_t minibatches, std::string_view machine) {
    Flight flight = bare_flight(architecture);
    flight.learning.select("none");
    flight.job = {.workers = 1, .rounds = 1, .minibatches = minibatches, .batch_size = 64, .evaluate_every = 1};
    flight.cloud.function.memory = Memory{1769};
    if (architecture == "centralized") flight.as<Centralized>().server.machine = machine;
    if (architecture == "parameter_server") {
      flight.as<ParameterServer>().worker = WorkerKind::machine;
      flight.as<ParameterServer>().worker_machine = machine;
    }
    const auto landed = flight.fly();
    EXPECT_EQ(landed.error, "");
    sim::Time first = sim::Time::max(), last{};
    Duration longest{};
    for (const auto& span : spans_of(*landed.journal, Phase::compute, architecture == "spirt" ? "peer-0/" : "")) {
      first = std::min(first, span.start);
      last = std::max(last, span.end);
      longest = std::max(longest, span.end - span.start);
    }
    return architecture == "spirt" ? longest : last - first;  // functions begin when their data are there
  };
  const Duration one = one_round("spirt", 1, "");
  EXPECT_EQ(one_round("spirt", 8, ""), one);
  EXPECT_EQ(one_round("centralized", 8, "c5.2xlarge"), one);
  EXPECT_EQ(one_round("parameter_server", 8, "c5.2xlarge"), one);
  EXPECT_EQ(one_round("centralized", 16, "c5.2xlarge"), 2 * one) << "in turn when there are more than processors";
}

TEST(Processors, FurtherOnesSpeedAGradientUpByAmdahlsLaw) {
  ComputeConfig compute;
  compute.parallel_fraction = 0.9;
  const learning::Workload work;
  EXPECT_DOUBLE_EQ(compute.speed(0.5, work), 0.5);
  EXPECT_DOUBLE_EQ(compute.speed(6, work), 1 / (0.1 + 0.9 / 6));
}

TEST(FunctionData, IsReadInEveryCallOrKeptWhileWarm) {
  for (const char* architecture : {"spirt", "parameter_server"}) {
    Flight flight = bare_flight(architecture);
    flight.learning.select("none");
    flight.job = {.workers = 2, .rounds = 5, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
    flight.cloud.function.memory = Memory{3008};
    EXPECT_EQ(quantity(*flight.fly().journal, "s3.get"), 2 * 5) << architecture;
    flight.cloud.function_data = FunctionData::while_warm;
    EXPECT_EQ(quantity(*flight.fly().journal, "s3.get"), 2) << architecture << ": once per worker, the instance stays warm";
  }
}

TEST(Steps, HaveSettingsOfTheirOwn) {
  Flight flight = bare_flight("spirt");
  flight.job.rounds = 1;
  const auto light = flight.fly();
  flight.cloud.function.cold_start.package_size = {50'000'000};
  const auto heavy = flight.fly();
  EXPECT_NEAR(to_seconds(heavy.ended - light.ended), 5.15, 1e-6) << "the gradients' package delays the gradients only";
  flight.as<Spirt>().step.cold_start.package_size = {50'000'000};
  EXPECT_NEAR(to_seconds(flight.fly().ended - light.ended), 8 * 5.15, 1e-6) << "and the steps' package each of the seven steps";
}

TEST(Retries, ARetriedGradientDrawsANewDuration) {
  Flight flight = bare_flight("parameter_server");
  flight.learning.select("none");
  flight.job = {.workers = 8, .rounds = 5, .minibatches = 1, .batch_size = 512, .evaluate_every = 1};
  flight.cloud.compute.variation = 0.5;
  // A little more than the mean: some of the 40 first tries are too long.
  const double mean_s = flight.learning->workload().gradient_seconds(512);
  flight.cloud.function.memory = Memory{1769};
  flight.cloud.function.timeout = from_seconds(mean_s * 1.3 + 0.05);
  flight.cloud.function.retry = {.times = 8, .delay = 1s};
  const auto landed = flight.fly();
  std::int64_t late = 0;
  for (const auto& call : landed.journal->invocations) late += call.status == models::InvocationStatus::timed_out ? 1 : 0;
  EXPECT_EQ(landed.error, "");
  EXPECT_GT(late, 0) << "the test tests something";
}

// The peers wait here for the one that is down, as the workers do for the server; what becomes of the others when they do
// not is membership_test's.
TEST(Recovery, MeansTheSameForAPeerAndAServer) {
  const auto delay = [](std::string_view architecture, models::TargetKind target, std::string_view node) {
    Flight flight = bare_flight(architecture);
    if (architecture == "spirt") flight.as<Spirt>().membership.suspicions = 1000;
    flight.learning.select("none");
    flight.cloud.machines.boot = models::constant(100s);
    flight.cloud.database.node = std::string(node);
    flight.cloud.database.persistent = true;
    flight.job.rounds = 3;
    const auto calm = flight.fly();
    flight.faults.crashes.push_back({.target = target, .index = target == models::TargetKind::server
                                                                    ? std::nullopt
                                                                    : std::optional<std::int64_t>(1),
                                     .at_round = 0, .recover_after = 40s});
    const auto landed = flight.fly();
    EXPECT_EQ(landed.error, "");
    return to_seconds(landed.ended - calm.ended);
  };
  EXPECT_NEAR(delay("parameter_server", models::TargetKind::server, "ec2.c5.large"), 140, 2);
  EXPECT_NEAR(delay("spirt", models::TargetKind::worker, "ec2.c5.large"), 140, 2);
  EXPECT_NEAR(delay("spirt", models::TargetKind::database, "ec2.c5.large"), 140, 2);
}

TEST(Weights, CountSamplesInAMeanOnly) {
  const auto fly = [](Weighting weights, std::string_view partition, std::string_view architecture) {
    Flight flight;
    flight.architecture.select(architecture);
    flight.learning.select("torch");
    choose(flight.learning, "dataset", "synthetic");
    choose(flight.learning, "network", "mlp");
    choose(flight.learning, "partition", partition);
    flight.job = {.workers = 3, .rounds = 2, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
    flight.job.weights = weights;
    return flight.fly().models;
  };
  EXPECT_FALSE(fly(Weighting::samples, "dirichlet", "spirt") == fly(Weighting::equal, "dirichlet", "spirt"));
  EXPECT_TRUE(fly(Weighting::samples, "dirichlet", "centralized") == fly(Weighting::samples, "iid", "centralized"))
      << "one machine has all data, whatever the partition";
}

}  // namespace
}  // namespace windtunnel::architectures
