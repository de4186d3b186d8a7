// The figures of a run, worked by hand from its journal. Not here: that they come back from the file (results_test.cpp), and
// how a comparison shows them (compare_test.cpp).
#include "experiment/run_figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

// 12.5 s and 5.7 USD: all start-up as long as training has not begun. Then the vm's 1.5 h are split by the part of its
// time before: (1800 · 0.4 + 3600 · 3 / 10.5) / 5400 of 3 USD; the other 2.7 USD were charged before.
TEST(Figures, StartUpAndTrainingAreApart) {
  Flight flight = small_flight(0);
  RunSummary run = summarize(flight.record, Detail::full);
  EXPECT_EQ(run["startup_s"], 12.5);
  EXPECT_EQ(run["training_s"], 0);
  EXPECT_DOUBLE_EQ(run["startup_usd"], 5.7);
  EXPECT_EQ(run["training_usd"], 0);
  flight.journal->begin_training(sim::Time(from_seconds(5)));
  run = summarize(flight.record, Detail::full);
  EXPECT_EQ(run["startup_s"], 5);
  EXPECT_EQ(run["training_s"], 7.5);
  EXPECT_DOUBLE_EQ(run["startup_usd"], 2.7 + 3 * (1800 * 0.4 + 3600 * 3 / 10.5) / 5400);
  EXPECT_DOUBLE_EQ(run["startup_usd"] + run["training_usd"], run["cost_usd"]);
}

TEST(Figures, ARoundThatIsDoneAgainCountsOnce) {
  Flight flight = small_flight(0);
  flight.journal->rounds.push_back(flight.journal->rounds[1]);  // after a crash, from a checkpoint
  EXPECT_EQ(summarize(flight.record, Detail::full)["rounds"], 2);
}

// The model of the small flight comes to 0.75 after 2 rounds, at 12.5 s, for 5.7 USD.
TEST(Figures, SaysWhetherTheTargetWasReachedAndWhatThatTook) {
  Flight flight = small_flight(0);
  RunSummary run = summarize(flight.record, Detail::full);
  for (const char* figure : {"target_accuracy", "target_reached", "rounds_to_target", "time_to_target_s", "cost_to_target_usd"}) {
    EXPECT_TRUE(std::isnan(run[figure])) << figure;
  }
  flight.record.target_accuracy = 0.75;
  run = summarize(flight.record, Detail::full);
  EXPECT_EQ(run["target_reached"], 1);
  EXPECT_EQ(run["rounds_to_target"], 2);
  EXPECT_EQ(run["time_to_target_s"], 12.5);
  EXPECT_DOUBLE_EQ(run["cost_to_target_usd"], 5.7);
  flight.record.target_accuracy = 0.76;
  run = summarize(flight.record, Detail::full);
  EXPECT_EQ(run["target_reached"], 0);
  EXPECT_EQ(run["target_accuracy"], 0.76);
  for (const char* figure : {"rounds_to_target", "time_to_target_s", "cost_to_target_usd"}) {
    EXPECT_TRUE(std::isnan(run[figure])) << figure;
  }
}

// Other prices, another cost to the target.
TEST(Figures, TheCostToTheTargetFollowsTheBill) {
  Flight flight = small_flight(0);
  flight.record.target_accuracy = 0.5;
  RunSummary run = summarize(flight.record, Detail::full);
  set_money(run, Bill{.total_usd = 2, .by_service_usd = {}});
  EXPECT_EQ(run["cost_to_target_usd"], 2);
  run["target_reached"] = 0;
  set_money(run, Bill{.total_usd = 2, .by_service_usd = {}});
  EXPECT_TRUE(std::isnan(run["cost_to_target_usd"]));
}

TEST(Figures, SaysWhetherTheLossDiverged) {
  Flight flight = small_flight(0);  // the first evaluation: 1.5
  EXPECT_EQ(summarize(flight.record, Detail::full)["diverged"], 0);
  for (const double loss : {15.1, double(INFINITY), std::nan("")}) {
    flight.record.loss = loss;
    EXPECT_EQ(summarize(flight.record, Detail::full)["diverged"], 1) << loss;
  }
  flight.record.loss = 22;
  flight.record.classes = 10;  // guessing: 2.3
  EXPECT_EQ(summarize(flight.record, Detail::full)["diverged"], 0);
  flight.record.loss = 24;
  EXPECT_EQ(summarize(flight.record, Detail::full)["diverged"], 1);
  flight.journal->evaluations.clear();  // nothing is learnt
  EXPECT_EQ(summarize(flight.record, Detail::full)["diverged"], 0);
}

}  // namespace
}  // namespace windtunnel::experiment::testing
