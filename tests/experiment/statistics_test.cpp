// Mean and confidence interval on numbers worked by hand and with the printed table of Student's t, and that the interval
// covers as often as it promises.
#include "experiment/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/random.h"

namespace windtunnel::experiment {
namespace {

Estimate of(std::vector<double> values) { return estimate(values); }

TEST(Estimate, OfThreeValues) {
  // mean 2, s = 1, t(0.975, 2) = 4.302653: half width 4.302653/√3
  const Estimate e = of({1, 2, 3});
  EXPECT_DOUBLE_EQ(e.mean, 2);
  EXPECT_NEAR(e.half_width, 4.302653 / std::sqrt(3.0), 1e-6);
  EXPECT_EQ(e.values, 3);
}

TEST(Estimate, OfTenValues) {
  // 1 … 10: mean 5.5, s² = 55/6, t(0.975, 9) = 2.262157
  const Estimate e = of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_DOUBLE_EQ(e.mean, 5.5);
  EXPECT_NEAR(e.half_width, 2.262157 * std::sqrt(55.0 / 60), 1e-6);
}

TEST(Estimate, OfOneValueHasNoInterval) {
  const Estimate e = of({4});
  EXPECT_EQ(e.mean, 4);
  EXPECT_TRUE(std::isnan(e.half_width));
}

TEST(Estimate, OfNoValuesIsNotANumber) {
  EXPECT_TRUE(std::isnan(of({}).mean));
  EXPECT_TRUE(std::isnan(of({std::nan("")}).mean));
  EXPECT_EQ(of({std::nan("")}).values, 0);
}

TEST(Estimate, LeavesOutNotANumber) {
  const Estimate e = of({1, std::nan(""), 3});
  EXPECT_EQ(e.mean, 2);
  EXPECT_EQ(e.values, 2);
}

TEST(Estimate, OfEqualValuesIsSharp) {
  const Estimate e = of({5, 5, 5});
  EXPECT_EQ(e.mean, 5);
  EXPECT_EQ(e.half_width, 0);
}

TEST(Estimate, OfAnInfinityIsInfinite) {
  const Estimate e = of({1, INFINITY});
  EXPECT_EQ(e.mean, INFINITY);
  EXPECT_TRUE(std::isnan(e.half_width));
}

TEST(Estimate, CoversTheTruthNineteenTimesInTwenty) {
  sim::RandomStream random(1, "coverage", 0);
  int covered = 0;
  constexpr int trials = 4000;
  for (int i = 0; i < trials; ++i) {
    std::vector<double> values(5);
    for (double& value : values) value = random.normal(10, 3);
    const Estimate e = estimate(values);
    covered += std::abs(e.mean - 10) <= e.half_width;
  }
  // 95 % ± five standard errors; an interval by the normal distribution (1.96) would cover 88 %.
  EXPECT_NEAR(covered / static_cast<double>(trials), 0.95, 0.0175);
}

}  // namespace
}  // namespace windtunnel::experiment
