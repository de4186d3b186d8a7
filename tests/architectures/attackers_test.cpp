// What attackers see, and when they send: they wait for those that they look at and for nobody who has gone, and send the same
// in every architecture. Not checked here: what an attack makes of what it sees (tests/aggregation).
#include "architectures/attackers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "architectures/parameter_server.h"
#include "architectures/spirt.h"
#include "flight.h"

namespace windtunnel::architectures {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Flight attacked(std::string_view architecture, std::string_view attack) {
  Flight flight;
  flight.job = {.workers = 6, .rounds = 6, .minibatches = 1, .batch_size = 8, .evaluate_every = 1};
  flight.cloud.provisioning = models::Provisioning::before_start;
  flight.architecture.select(architecture);
  flight.adversary.byzantine = {2};
  flight.attack.select(attack);
  return flight;
}

double norm(const std::vector<float>& values) {
  double sum = 0;
  for (const float v : values) sum += double{v} * double{v};
  return std::sqrt(sum);
}

// Inner-product manipulation with a factor of 2 sends −2 times the mean of what it sees: with five honest workers, and all of their
// updates seen, the mean of six is (5 − 2) / 6 of the honest mean, so the first step is half as long.
TEST(Attackers, SeeTheHonestUpdatesOfTheirRound) {
  for (const char* architecture : {"spirt", "parameter_server"}) {
    Flight honest = attacked(architecture, "ipm");
    honest.adversary.byzantine = {};
    honest.job.workers = 5;  // the attacker's own data have no part in it
    Flight flight = attacked(architecture, "ipm");
    flight.adversary.byzantine = {5};
    assign(flight.attack, "factor", 2.0);
    const auto landed = flight.fly();
    ASSERT_EQ(landed.error, "") << architecture;
    const auto calm = honest.fly();
    const auto start = flight.learning->problem({.workers = 6, .minibatches = 1, .batch = 8, .seed = 1, .pooled = false})->initial();
    std::vector<float> step = landed.models.front(), free = calm.models.front();
    for (std::size_t j = 0; j < step.size(); ++j) {
      step[j] -= (*start)[j];
      free[j] -= (*start)[j];
    }
    EXPECT_NEAR(norm(step) / norm(free), 3.0 / 6, 1e-4) << architecture;
  }
}

TEST(Attackers, SendAfterTheSlowestWhomTheyLookAt) {
  const auto slowed = [](std::string_view attack) {
    Flight flight = attacked("parameter_server", attack);
    flight.faults.stragglers.push_back({.worker = 0, .factor = 1e4});
    return flight.fly();
  };
  const auto waiting = [](const Flight::Landed& landed) {
    Duration waited{0};
    for (const models::Span& span : landed.journal->spans) {
      if (span.context.phase == models::Phase::barrier && landed.journal->actors.name(span.context.actor) == "worker-2") {
        waited += span.end - span.start;
      }
    }
    return waited;
  };
  EXPECT_GT(waiting(slowed("ipm")), 1s);
  EXPECT_EQ(waiting(slowed("sign_flip")), 0s);
}

TEST(Attackers, WaitForNobodyWhoHasGone) {
  for (const char* architecture : {"spirt", "parameter_server"}) {
    Flight flight = attacked(architecture, "ipm");
    flight.faults.crashes.push_back({.index = 0, .at_round = 2});
    const auto landed = flight.fly();
    ASSERT_EQ(landed.error, "") << architecture;
    ASSERT_EQ(landed.journal->rounds.size(), 6U) << architecture;
    EXPECT_EQ(landed.journal->rounds.back().participants, 5) << architecture;
  }
}

// The same attackers who see the same updates do the same harm, whoever trains.
TEST(Attackers, DoTheSameInEveryArchitecture) {
  for (const char* attack : {"ipm", "alie", "mimic", "min_max", "min_sum", "fang", "optimized_ipm", "lazy"}) {
    const auto peers = attacked("spirt", attack).fly(), server = attacked("parameter_server", attack).fly();
    ASSERT_EQ(peers.error, "") << attack;
    ASSERT_EQ(server.error, "") << attack;
    ASSERT_EQ(peers.models.size(), server.models.size());
    const auto &a = peers.models.back(), &b = server.models.back();
    double difference = 0;
    for (std::size_t j = 0; j < a.size(); ++j) difference = std::max(difference, std::abs(double{a[j]} - double{b[j]}));
    EXPECT_LT(difference, 1e-5 * (1 + norm(a))) << attack;
  }
}

TEST(Attackers, TooFewToSeeEndTheRunWithTheReason) {
  Flight flight = attacked("spirt", "alie");
  flight.job.workers = 2;
  flight.adversary.byzantine = {1};
  EXPECT_THAT(flight.fly().error, HasSubstr("needs to see at least 2 updates"));
}

// Centered clipping begins at the last aggregate: the second round depends on it, and a peer that joins has it too.
TEST(PreviousAggregate, IsAtHandFromTheSecondRoundOnAndComesAlong) {
  Flight flight = attacked("spirt", "none");
  flight.job.rounds = 60;
  flight.job.workers = 4;
  flight.adversary.byzantine = {};
  flight.as<Spirt>().rule.select("centered_clipping");
  flight.cloud.database.startup = models::constant(20s);
  flight.faults.crashes.push_back({.index = 1, .at_round = 3, .recover_after = 60s});
  const auto landed = flight.fly();
  ASSERT_EQ(landed.error, "");
  ASSERT_EQ(faults_of(*landed.journal, "joined"), 1);
  const Tensor first = landed.weights.at("peer-0");
  for (const char* peer : {"peer-1", "peer-2", "peer-3"}) EXPECT_TRUE(*landed.weights.at(peer) == *first) << peer;
}

}  // namespace
}  // namespace windtunnel::architectures
