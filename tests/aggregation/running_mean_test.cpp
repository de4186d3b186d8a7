// Checks that a mean taken row by row is the rule's, bit for bit, and that weights count as repeated rows do.
#include "aggregation/running_mean.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

std::vector<float> result_of(const RunningMean& mean, std::size_t d) {
  std::vector<float> out(d);
  mean.write(out);
  return out;
}

TEST(RunningMean, IsTheRuleMeanBitForBit) {
  for (std::size_t n : {1U, 3U, 4U, 5U, 17U, 64U}) {
    const Matrix matrix = fine({.n = n, .d = 333}, static_cast<std::uint32_t>(n));
    RunningMean mean(333);
    for (const Row row : matrix.rows()) mean.add(row);
    EXPECT_EQ(mean.rows(), static_cast<std::int64_t>(n));
    EXPECT_EQ(result_of(mean, 333), aggregate(*rule("mean"), matrix)) << n;
  }
}

TEST(RunningMean, WeighsRowsByTheirSamples) {
  // 100, 1 and 3 samples with values 1, 53 and -17: (100 + 53 - 51) / 104.
  RunningMean mean(1);
  mean.add(std::vector{1.0F}, 100);
  mean.add(std::vector{53.0F}, 1);
  mean.add(std::vector{-17.0F}, 3);
  EXPECT_EQ(result_of(mean, 1)[0], static_cast<float>(102.0 / 104));
  const Matrix matrix = fine({.n = 2, .d = 50}, 1);
  RunningMean weighted(50), scaled(50);
  for (const Row row : matrix.rows()) {
    weighted.add(row, 600);
    scaled.add(row, 0.5);
  }
  EXPECT_EQ(result_of(weighted, 50), result_of(scaled, 50)) << "only the ratio of the weights counts";
  EXPECT_EQ(result_of(weighted, 50), aggregate(*rule("mean"), matrix)) << "equal weights are no weights";
}

TEST(RunningMean, LetsFalseValuesThroughAsTheRuleDoes) {
  RunningMean mean(2);
  mean.add(std::vector{1.0F, std::numeric_limits<float>::infinity()});
  mean.add(std::vector{std::nanf(""), 1.0F});
  EXPECT_TRUE(std::isnan(result_of(mean, 2)[0]));
  EXPECT_EQ(result_of(mean, 2)[1], std::numeric_limits<float>::infinity());
}

TEST(RunningMean, ChecksItsArguments) {
  RunningMean mean(2);
  std::vector<float> out(2);
  EXPECT_THROW(mean.write(out), BrokenInvariant) << "of nothing";
  EXPECT_THROW(mean.add(std::vector{1.0F}), BrokenInvariant);
  for (double weight : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THROW(mean.add(std::vector{1.0F, 2.0F}, weight), BrokenInvariant) << weight;
  }
  EXPECT_EQ(mean.rows(), 0);
  mean.add(std::vector{1.0F, 2.0F});
  out.resize(3);
  EXPECT_THROW(mean.write(out), BrokenInvariant);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
