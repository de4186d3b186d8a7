// Architectures differ in time and cost, not in mathematics: with the same seed, no faults and the mean they compute the
// same model after every round; what the clock or the threads do changes nothing. Not checked here: aggregation inside
// Redis (tests/experiment), rules and optimizers by themselves.
#include <gtest/gtest.h>

#include <cmath>

#include "architectures/parameter_server.h"
#include "flight.h"

namespace windtunnel::architectures {
namespace {

double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    size += std::pow(static_cast<double>(a[i]), 2);
  }
  return std::sqrt(difference / size);
}

Flight::Landed fly(std::string_view architecture, std::string_view learning, int threads = 1) {
  Flight flight;
  flight.architecture.select(architecture);
  flight.learning.select(learning);
  flight.threads = threads;
  flight.job.weights = Weighting::equal;  // 3 workers' shares of the synthetic images differ by one
  if (learning == "torch") {
    flight.job.rounds = 3;
    struct Small final : Fields {
      void field(Field f) override {
        if (f.name == "dataset") std::get<Choosable*>(f.target)->select("synthetic");
        if (f.name == "network") std::get<Choosable*>(f.target)->select("mlp");
      }
    } small;
    flight.learning.describe(small);
  }
  return flight.fly();
}

class SameModel : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(SameModel, AsSpirtAfterEveryRound) {
  const auto [architecture, learning] = GetParam();
  const auto spirt = fly("spirt", learning);
  const auto other = fly(architecture, learning);
  ASSERT_EQ(spirt.error, "");
  ASSERT_EQ(other.error, "");
  ASSERT_GE(spirt.models.size(), 3U);
  ASSERT_EQ(spirt.models.size(), other.models.size());
  for (std::size_t round = 0; round < spirt.models.size(); ++round) {
    EXPECT_LT(relative_difference(spirt.models[round], other.models[round]), 1e-5) << "round " << round;
  }
  EXPECT_GT(relative_difference(spirt.models.front(), spirt.models.back()), 1e-5) << "it learns nothing";
}

INSTANTIATE_TEST_SUITE_P(All, SameModel,
                         testing::Combine(testing::Values("parameter_server", "centralized"),
                                          testing::Values("quadratic", "torch")));

TEST(SameModel, OtherSeedOtherModel) {
  Flight flight;
  const auto one = flight.fly();
  flight.seed = 2;
  const auto two = flight.fly();
  EXPECT_GT(relative_difference(one.models.back(), two.models.back()), 1e-5);
  EXPECT_NE(one.trajectory, two.trajectory);
}

TEST(Threads, ChangeNeitherTrajectoryNorModel) {
  const auto one = fly("spirt", "torch", 1);
  const auto four = fly("spirt", "torch", 4);
  EXPECT_EQ(one.trajectory, four.trajectory);
  ASSERT_EQ(one.journal->evaluations.size(), four.journal->evaluations.size());
  for (std::size_t i = 0; i < one.journal->evaluations.size(); ++i) {
    EXPECT_EQ(one.journal->evaluations[i].loss, four.journal->evaluations[i].loss);
  }
  EXPECT_EQ(one.journal->ledger.total(), four.journal->ledger.total());
}

TEST(MachineWorkers, ComputeTheSameModelAsFunctions) {
  Flight flight;
  flight.architecture.select("parameter_server");
  const auto functions = flight.fly();
  flight.as<ParameterServer>().worker = WorkerKind::machine;
  const auto machines = flight.fly();
  ASSERT_EQ(machines.error, "");
  EXPECT_TRUE(functions.models == machines.models);
  EXPECT_EQ(machines.journal->invocations.size(), 0U);
}

TEST(SameSeed, GivesTheSameRunTwice) {
  Flight flight;
  const auto one = flight.fly();
  const auto two = flight.fly();
  EXPECT_EQ(one.trajectory, two.trajectory);
  EXPECT_TRUE(one.models == two.models);
  EXPECT_EQ(one.journal->ledger.total(), two.journal->ledger.total());
}

}  // namespace
}  // namespace windtunnel::architectures
