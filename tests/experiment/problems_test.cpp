// Checks that runs at the same time share a problem, and that none outlives the runs that hold it: a sweep of a hundred
// points must not end with a hundred problems in memory. Does not check what problems are: see tests/learning.
#include <gtest/gtest.h>

#include <vector>

#include "experiment/run.h"
#include "scenario/document.h"

namespace windtunnel::experiment {
namespace {

using Held = std::shared_ptr<const learning::Problem>;

scenario::Document document(const std::string& learning) {
  return scenario::load_document_text("problems", "workers: 3\nrounds: 2\nlearning: " + learning +
                                                      "\narchitecture: spirt\nsweep: {replications: 5}\n");
}

TEST(Problems, AreSharedByRunsOfOneSeedAndSettings) {
  const scenario::Document sweep = document("{quadratic: {dimension: 50}}");
  const scenario::Document other = document("{quadratic: {dimension: 51}}");
  Problems problems;
  const Held first = problems.of(sweep.points[0]);
  EXPECT_EQ(problems.of(sweep.points[0]), first);
  EXPECT_NE(problems.of(sweep.points[1]), first) << "a replication has a seed of its own";
  EXPECT_NE(problems.of(other.points[0]), first);
  EXPECT_EQ(problems.of(sweep.points[0]), first) << "held all the time";
}

TEST(Problems, AreLetGoWithTheLastRun) {
  const scenario::Document sweep = document("{quadratic: {dimension: 50}}");
  Problems problems;
  std::vector<std::weak_ptr<const learning::Problem>> seen;
  for (const scenario::Point& point : sweep.points) {
    const Held held = problems.of(point);
    const Held again = problems.of(point);
    EXPECT_EQ(again, held);
    for (const auto& earlier : seen) EXPECT_TRUE(earlier.expired());
    seen.push_back(held);
  }
  EXPECT_TRUE(seen.back().expired());
  const Held anew = problems.of(sweep.points[0]);
  EXPECT_EQ(*anew->initial(), std::vector<float>(50, 0.0F)) << "and made again when asked for";
}

TEST(Problems, AreNoneWhereNothingIsLearnt) {
  Problems problems;
  EXPECT_EQ(problems.of(document("none").points[0]), nullptr);
  EXPECT_EQ(problems.of(document("none").points[0]), nullptr);
}

}  // namespace
}  // namespace windtunnel::experiment
