// SPIRT's protocol: its calls, transitions, requests and rent against hand-worked numbers; crashes; Byzantine peers. Not checked
// here: durations of single services (tests/models) and aggregation inside Redis (tests/experiment).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "architectures/spirt.h"
#include "flight.h"

namespace windtunnel::architectures {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Spirt, MakesTheTransitionsAndCallsOfThePaper) {
  Flight flight;  // 3 peers, 4 rounds, 2 minibatches
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  const models::Journal& journal = *landed.journal;
  // B + 8 transitions per peer and epoch (facts 1); 7 steps and B gradients are function calls.
  EXPECT_EQ(quantity(journal, "stepfunctions.transitions"), 3 * 4 * (2 + 8));
  EXPECT_EQ(journal.invocations.size(), 3U * 4 * (2 + 7));
  EXPECT_EQ(quantity(journal, "lambda.requests"), 3 * 4 * (2 + 7));
  // One object per minibatch is read, none is written.
  EXPECT_EQ(quantity(journal, "s3.get"), 3 * 4 * 2);
  EXPECT_EQ(quantity(journal, "s3.put"), 0);
  // At least: "done", one look at the queue, and the message that triggers the next epoch, per peer and round.
  EXPECT_GE(quantity(journal, "sqs.requests"), 3 * 4 * 3);
  ASSERT_EQ(journal.rounds.size(), 4U);
  for (const models::Round& round : journal.rounds) EXPECT_EQ(round.participants, 3);
}

TEST(Spirt, RentsADatabasePerPeerForTheWholeTime) {
  Flight flight;
  const auto landed = flight.fly();
  const double hours = to_seconds(landed.ended.time_since_epoch()) / 3600;
  EXPECT_DOUBLE_EQ(quantity(*landed.journal, "elasticache.t3.medium"), 3 * std::ceil(hours)) << "each started hour in full";
}

TEST(Spirt, NobodyLeavesABarrierBeforeAllHaveAveraged) {
  Flight flight;
  const auto landed = flight.fly();
  for (std::int32_t round = 0; round < 4; ++round) {
    sim::Time last_average{}, first_aggregate = sim::Time::max();
    for (const models::Span& span : landed.journal->spans) {
      if (span.context.round != round) continue;
      if (span.context.phase == models::Phase::average) last_average = std::max(last_average, span.start);
      if (span.context.phase == models::Phase::aggregate) first_aggregate = std::min(first_aggregate, span.end);
    }
    EXPECT_LT(last_average, first_aggregate) << "round " << round;
  }
}

TEST(Spirt, AsPublishedMovesFiveTimesTheBytesAndPausesFiveSeconds) {
  Flight flight;
  const auto paper = flight.fly();
  flight.as<Spirt>().fidelity = Fidelity::as_published;
  const auto published = flight.fly();
  ASSERT_EQ(published.error, "");
  EXPECT_TRUE(published.models == paper.models);
  EXPECT_GE(published.ended - paper.ended, 4 * 4s);
  EXPECT_GT(published.journal->bytes_moved(), paper.journal->bytes_moved());
}

TEST(Spirt, AsPublishedAPeerThatDoesNotComeBackEndsTheRunWithItsName) {
  Flight flight;
  flight.as<Spirt>().fidelity = Fidelity::as_published;
  flight.faults.crashes.push_back({.index = 1, .at_round = 2});
  const auto landed = flight.fly();
  EXPECT_THAT(landed.error, HasSubstr("; down: peer-1"));
  EXPECT_LE(landed.journal->rounds.size(), 2U);
  // The others tried until their function's limit, and that was paid for.
  EXPECT_GE(landed.ended - sim::Time{}, 900s);
}

TEST(Spirt, APeerThatComesBackFinishesWithTheSameModel) {
  Flight flight;
  const auto calm = flight.fly();
  flight.cloud.database.persistent = true;
  flight.as<Spirt>().membership.suspicions = 1000;
  flight.faults.crashes.push_back({.index = 1, .at_round = 2, .recover_after = 30s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_TRUE(landed.models == calm.models);
  EXPECT_GT(landed.ended, calm.ended);
  EXPECT_EQ(faults_of(*landed.journal, "crash"), 1);
}

TEST(Spirt, APeerMayCrashAtAnyTimeAndComeBack) {
  // Crashes by the clock hit every state of the workflow; whatever they interrupt, the model is the same in the end.
  Flight flight;
  flight.cloud.provisioning = models::Provisioning::before_start;
  flight.cloud.database.persistent = true;
  const auto calm = flight.fly();
  const Duration length = calm.ended.time_since_epoch();
  for (int i = 1; i < 40; ++i) {
    Flight shaken;
    shaken.cloud.provisioning = models::Provisioning::before_start;
    shaken.cloud.database.persistent = true;
    shaken.as<Spirt>().membership.suspicions = 1000;
    shaken.faults.crashes.push_back({.index = 1, .at = length * i / 40, .recover_after = 7s});
    const auto landed = shaken.fly();
    ASSERT_EQ(landed.error, "") << "crash at " << format(length * i / 40);
    EXPECT_TRUE(landed.models == calm.models) << "crash at " << format(length * i / 40);
  }
}

TEST(Spirt, WaitsForAPeerThatIsCutOffForAWhile) {
  Flight flight;
  flight.cloud.provisioning = models::Provisioning::before_start;
  flight.job.rounds = 10;
  const auto calm = flight.fly();
  flight.faults.partitions.push_back({.workers = {1}, .at = calm.ended.time_since_epoch() / 2, .lasts = 30s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_TRUE(landed.models == calm.models);
  EXPECT_GT(landed.ended - calm.ended, 20s);
}

TEST(Spirt, WhoIsNotThereYetDoesNotCrash) {
  Flight flight;
  flight.faults.crashes.push_back({.index = 1, .at = 1ms});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_EQ(faults_of(*landed.journal, "crash"), 0);
  EXPECT_EQ(faults_of(*landed.journal, "crash missed"), 1);
}

TEST(Spirt, ADatabaseMayCrashAloneAtAnyTime) {
  Flight flight;
  flight.cloud.provisioning = models::Provisioning::before_start;
  flight.cloud.database.persistent = true;
  const auto calm = flight.fly();
  const Duration length = calm.ended.time_since_epoch();
  for (int i = 1; i < 40; ++i) {
    Flight shaken;
    shaken.cloud = flight.cloud;
    shaken.as<Spirt>().membership.suspicions = 1000;
    shaken.faults.crashes.push_back(
        {.target = models::TargetKind::database, .index = 1, .at = length * i / 40, .recover_after = 7s});
    const auto landed = shaken.fly();
    ASSERT_EQ(landed.error, "") << "crash at " << format(length * i / 40);
    EXPECT_TRUE(landed.models == calm.models) << "crash at " << format(length * i / 40);
    EXPECT_EQ(faults_of(*landed.journal, "crash"), 1);
  }
}

TEST(Spirt, WhosePeersAreAllDeadHasNotDoneItsRounds) {
  Flight flight;
  for (std::int64_t p = 0; p < 3; ++p) flight.faults.crashes.push_back({.index = p, .at_round = 0});
  EXPECT_THAT(flight.fly().error, HasSubstr("0 of 4 rounds were done: no peer is left"));
}

TEST(Spirt, LostContentsOfTheOnlyPeerAreAClearError) {
  Flight flight;
  flight.job.workers = 1;
  flight.faults.crashes.push_back({.index = 0, .at_round = 1, .recover_after = 5s});
  EXPECT_THAT(flight.fly().error, HasSubstr("peer-0 came back, but its database had lost its contents"));
}

TEST(Spirt, ALiarBreaksTheMeanAndNotMeaMed) {
  Flight flight;
  flight.job = {.workers = 5, .rounds = 30, .minibatches = 1, .batch_size = 8, .evaluate_every = 30};
  const double honest = flight.fly().journal->evaluations.back().loss;
  flight.adversary.byzantine = {4};
  flight.attack.select("sign_flip");
  const double mean = flight.fly().journal->evaluations.back().loss;
  flight.as<Spirt>().rule.select("meamed");
  set(flight.as<Spirt>().rule, "f", 1);
  const double robust = flight.fly().journal->evaluations.back().loss;
  EXPECT_GT(mean, 10 * honest);
  EXPECT_LT(robust, 2 * honest + 1e-3);
}

TEST(Spirt, StopsAfterTheRoundThatReachesTheTarget) {
  Flight flight;
  flight.learning.select("torch");
  struct Small final : Fields {
    void field(Field f) override {
      if (f.name == "dataset") std::get<Choosable*>(f.target)->select("synthetic");
      if (f.name == "network") std::get<Choosable*>(f.target)->select("mlp");
    }
  } small;
  flight.learning.describe(small);
  flight.job.evaluate_every = 2;
  flight.job.rounds = 10;
  flight.job.target_accuracy = 0.01;  // any model reaches it at the first evaluation
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_EQ(landed.journal->rounds.size(), 2U);
  EXPECT_EQ(landed.journal->evaluations.size(), 1U);
}

TEST(Spirt, TooLittleMemoryIsAClearError) {
  Flight flight;
  flight.cloud.function.memory = Memory{128};
  EXPECT_THAT(flight.fly().error, HasSubstr("memory"));
}

}  // namespace
}  // namespace windtunnel::architectures
