// Architectures with a single point of failure: checkpoints, crashes and what they lose; bounded staleness; workers that
// drop out. Hand-worked rounds, and properties. Not checked here: billing of machines (tests/models).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "architectures/centralized.h"
#include "architectures/parameter_server.h"
#include "flight.h"

namespace windtunnel::architectures {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Flight server_flight(std::string_view architecture) {
  Flight flight;
  flight.architecture.select(architecture);
  flight.job.rounds = 6;
  return flight;
}

std::vector<std::int32_t> rounds_of(const models::Journal& journal) {
  std::vector<std::int32_t> rounds;
  for (const models::Round& round : journal.rounds) rounds.push_back(round.round);
  return rounds;
}

class Crash : public testing::TestWithParam<const char*> {
 protected:
  Flight flight = server_flight(GetParam());
  void checkpoint_every(std::int64_t rounds) {
    if (auto* server = dynamic_cast<const ParameterServer*>(&*flight.architecture)) {
      const_cast<ParameterServer*>(server)->server.checkpoint_every = rounds;
    } else {
      flight.as<Centralized>().server.checkpoint_every = rounds;
    }
  }
};

TEST_P(Crash, GoesBackToTheLastCheckpoint) {
  checkpoint_every(2);
  const auto calm = flight.fly();
  flight.faults.crashes.push_back({.target = models::TargetKind::server, .at_round = 5, .recover_after = 10s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  // Rounds 0 to 4 were finished and rounds 0 to 3 saved: round 4 is done again.
  EXPECT_THAT(rounds_of(*landed.journal), testing::ElementsAre(0, 1, 2, 3, 4, 4, 5));
  EXPECT_EQ(quantity(*landed.journal, "s3.put"), 3);  // after rounds 1, 3 and 5
  EXPECT_TRUE(landed.models.back() == calm.models.back()) << "SGD without momentum has no memory besides the weights";
  EXPECT_GT(landed.ended - calm.ended, 10s + 60s) << "recovery and boot take time";
  EXPECT_GT(landed.journal->ledger.total(), calm.journal->ledger.total());
  bool told = false;
  for (const auto& fault : landed.journal->faults) told |= fault.detail.find("1 finished rounds lost") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST_P(Crash, WithoutCheckpointsBeginsAgain) {
  checkpoint_every(0);
  flight.faults.crashes.push_back({.target = models::TargetKind::server, .at_round = 2, .recover_after = 10s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_THAT(rounds_of(*landed.journal), testing::ElementsAre(0, 1, 0, 1, 2, 3, 4, 5));
  EXPECT_EQ(quantity(*landed.journal, "s3.put"), 0);
}

TEST_P(Crash, ByTheClockToo) {
  checkpoint_every(1);
  const auto calm = flight.fly();
  flight.faults.crashes.push_back({.target = models::TargetKind::server,
                                   .at = calm.ended.time_since_epoch() - 1ms,
                                   .recover_after = 10s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_TRUE(landed.models.back() == calm.models.back());
  EXPECT_EQ(faults_of(*landed.journal, "crash"), 1);
}

TEST_P(Crash, ForGoodEndsTheRun) {
  flight.faults.crashes.push_back({.target = models::TargetKind::server, .at_round = 3});
  const auto landed = flight.fly();
  EXPECT_THAT(landed.error, HasSubstr("crashed in round 3 and does not come back"));
  EXPECT_EQ(landed.journal->rounds.size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(All, Crash, testing::Values("parameter_server", "centralized"));

TEST(ParameterServer, DropsAWorkerThatDoesNotComeBack) {
  Flight flight = server_flight("parameter_server");
  flight.faults.crashes.push_back({.index = 2, .at_round = 3});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  std::vector<std::int32_t> participants;
  for (const models::Round& round : landed.journal->rounds) participants.push_back(round.participants);
  EXPECT_THAT(participants, testing::ElementsAre(3, 3, 3, 2, 2, 2));
}

TEST(ParameterServer, WaitsForAWorkerThatComesBack) {
  Flight flight = server_flight("parameter_server");
  const auto calm = flight.fly();
  flight.faults.crashes.push_back({.index = 2, .at_round = 3, .recover_after = 40s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_TRUE(landed.models == calm.models);
  EXPECT_GE(landed.ended - calm.ended, 35s);
}

TEST(ParameterServer, SaysSoWhenNobodyIsLeft) {
  Flight flight = server_flight("parameter_server");
  for (std::int64_t w = 0; w < 3; ++w) flight.faults.crashes.push_back({.index = w, .at_round = 2});
  EXPECT_THAT(flight.fly().error, HasSubstr("round 2: no worker is left"));
}

TEST(ParameterServer, SaysSoWhenTooFewAreLeftForTheRule) {
  Flight flight = server_flight("parameter_server");
  flight.job.workers = 5;
  flight.as<ParameterServer>().rule.select("krum");
  flight.faults.crashes.push_back({.index = 0, .at_round = 1});
  EXPECT_THAT(flight.fly().error, HasSubstr("krum"));
}

TEST(ParameterServer, WaitsForAWorkerThatIsCutOffForAWhile) {
  Flight flight = server_flight("parameter_server");
  flight.job.rounds = 40;
  const auto calm = flight.fly();
  const Duration half = (calm.ended - sim::Time{} + calm.journal->rounds.front().end.time_since_epoch()) / 2;
  flight.faults.partitions.push_back({.workers = {1}, .at = half, .lasts = 30s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_TRUE(landed.models == calm.models);
  EXPECT_GT(landed.ended - calm.ended, 20s);
}

TEST(ParameterServer, GoesOnWithoutAWorkerThatIsCutOffForGood) {
  Flight flight = server_flight("parameter_server");
  flight.faults.partitions.push_back({.workers = {1}, .at = 1s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  for (const models::Round& round : landed.journal->rounds) EXPECT_EQ(round.participants, 2);
  EXPECT_EQ(faults_of(*landed.journal, "unreachable"), 6) << "it is tried in each round";
}

TEST(ParameterServer, SaysSoWhenNobodyCanBeReached) {
  Flight flight = server_flight("parameter_server");
  flight.faults.partitions.push_back({.workers = {0, 1, 2}, .at = 1s});
  EXPECT_THAT(flight.fly().error, HasSubstr("round 0: no update arrived"));
}

Flight asynchronous_flight(std::int64_t staleness) {
  Flight flight = server_flight("parameter_server");
  flight.as<ParameterServer>().synchronization.select("asynchronous");
  set(flight.as<ParameterServer>().synchronization, "staleness", staleness);
  return flight;
}

TEST(Asynchronous, KeepsWorkersWithinTheBound) {
  for (const std::int64_t bound : {0, 1, 3}) {
    Flight flight = asynchronous_flight(bound);
    flight.faults.stragglers.push_back({.worker = 0, .factor = 50});
    const auto landed = flight.fly();
    ASSERT_EQ(landed.error, "");
    // At no time has a worker begun a round that is more than `bound` ahead of the rounds that all have finished.
    for (const models::Span& span : landed.journal->spans) {
      if (span.context.phase != models::Phase::compute || span.context.round < 0) continue;
      std::int64_t finished = 0;
      for (const models::Round& round : landed.journal->rounds) finished += round.end <= span.start ? 1 : 0;
      EXPECT_LE(span.context.round, finished + bound);
    }
  }
}

TEST(Asynchronous, LearnsAndIsDeterministic) {
  Flight flight = asynchronous_flight(2);
  flight.job.rounds = 20;
  const auto one = flight.fly();
  flight.threads = 3;
  const auto two = flight.fly();
  ASSERT_EQ(one.error, "");
  EXPECT_EQ(one.trajectory, two.trajectory);
  EXPECT_EQ(one.journal->evaluations.back().loss, two.journal->evaluations.back().loss);
  EXPECT_LT(one.journal->evaluations.back().loss, one.journal->evaluations.front().loss);
}

TEST(Asynchronous, IsNotHeldUpByAStragglerThatSynchronousWaitsFor) {
  Flight slow = server_flight("parameter_server");
  slow.faults.stragglers.push_back({.worker = 0, .factor = 50, .until_round = 2});
  const auto synchronous = slow.fly();
  Flight loose = asynchronous_flight(5);
  loose.faults = slow.faults;
  const auto asynchronous = loose.fly();
  ASSERT_EQ(asynchronous.error, "");
  EXPECT_LT(asynchronous.ended, synchronous.ended);
}

TEST(Asynchronous, GoesOnAfterTheServersCrash) {
  Flight flight = asynchronous_flight(2);
  flight.as<ParameterServer>().server.checkpoint_every = 2;
  flight.faults.crashes.push_back({.target = models::TargetKind::server, .at_round = 4, .recover_after = 10s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  EXPECT_EQ(rounds_of(*landed.journal).back(), 5);
  EXPECT_EQ(faults_of(*landed.journal, "crash"), 1);
}

TEST(Centralized, RefusesAMachineWithTooLittleMemory) {
  Flight flight = server_flight("centralized");
  flight.as<Centralized>().server.machine = "t2.small";
  flight.cloud.compute.runtime_memory = Memory{4096};
  EXPECT_THAT(flight.fly().error, HasSubstr("t2.small has 2048 MB"));
}

}  // namespace
}  // namespace windtunnel::architectures
