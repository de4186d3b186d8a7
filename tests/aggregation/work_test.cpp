// What rules and optimizers declare to cost: each figure by hand, how it grows, and the time it becomes. That the
// figures are those of the code is the matter of bench/rules_bench.cpp, which measures.
#include "aggregation/work.h"

#include <gtest/gtest.h>

#include "aggregation/krum.h"
#include "aggregation/meamed.h"
#include "aggregation/optimizer.h"
#include "aggregation/sorted_columns.h"
#include "aggregation/trimmed_mean.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

constexpr std::int64_t million = 1'000'000;

TEST(Steps, AreThoseOfTheSortingNetwork) {
  for (std::size_t n = 1; n <= 130; ++n) {
    const Matrix matrix{std::vector(n, std::vector<float>{0})};
    const auto rows = matrix.rows();
    EXPECT_EQ(SortedColumns::steps(static_cast<double>(n)), SortedColumns(rows, {0, n}).steps()) << n;
  }
  EXPECT_EQ(SortedColumns::steps(4), 5);
  EXPECT_EQ(SortedColumns::steps(16), 63);
  EXPECT_EQ(SortedColumns::steps(1024), 24'063) << "(p² − p + 4) 2^(p − 2) − 1 with p = 10";
}

TEST(RuleWork, OfTheMeanByHand) {
  // Four rows read and a result written (its memory read first), all in one go.
  const Work four = rule("mean")->work(4, million);
  EXPECT_DOUBLE_EQ(four.bytes, (4 * 4 + 2 * 4) * 1e6);
  EXPECT_DOUBLE_EQ(four.flops, 5e6);
  // Twenty rows in five groups of four: the sums, in double, go to memory and back four times.
  EXPECT_DOUBLE_EQ(rule("mean")->work(20, million).bytes, (4 * 20 + 2 * 4 + 4 * 16) * 1e6);
}

TEST(RuleWork, OfTheOthersByHand) {
  EXPECT_DOUBLE_EQ(rule("krum")->work(20, million).flops, (3 * 190 + 2.7 * 20) * 1e6);
  EXPECT_DOUBLE_EQ(rule("median")->work(16, million).flops, (3.5 * 63 + 1.4 * 16) * 1e6);
  TrimmedMean trimmed;
  trimmed.f = 3;
  EXPECT_DOUBLE_EQ(trimmed.work(16, million).flops, (3.8 * 63 + 5.6 * 10) * 1e6);
  Meamed meamed;
  meamed.f = 3;
  EXPECT_DOUBLE_EQ(meamed.work(16, million).flops, (4.5 * 63 + 3.3 * 16 + 74 * 3 + 128) * 1e6);
  for (std::string_view name : {"krum", "median", "trimmed_mean", "meamed"}) {
    EXPECT_DOUBLE_EQ(rule(name)->work(16, million).bytes, (4 * 16 + 8) * 1e6) << name;
  }
}

TEST(RuleWork, KrumAndTheMeanAreNotTheSame) {
  const double mean = seconds(rule("mean")->work(20, million)), krum = seconds(rule("krum")->work(20, million));
  EXPECT_GT(krum, 8 * mean);
  EXPECT_GT(seconds(rule("krum")->work(64, million)), 20 * seconds(rule("mean")->work(64, million)));
}

TEST(RuleWork, GrowsWithRowsAndValues) {
  for (const Option<Rule>& entry : rules()) {
    const auto subject = entry.make();
    for (std::int64_t n : {8, 32, 100}) {
      const Work once = subject->work(n, million), longer = subject->work(n, 7 * million);
      EXPECT_NEAR(longer.flops / once.flops, 7, 1e-9) << entry.name;
      EXPECT_NEAR(longer.bytes / once.bytes, 7, 1e-9) << entry.name;
    }
    const double growth = subject->work(512, million).flops / subject->work(256, million).flops;
    if (entry.name == "krum") {
      EXPECT_NEAR(growth, 4, 0.02) << "pairs of rows";
    } else if (entry.name == "mean") {
      EXPECT_DOUBLE_EQ(growth, 2);
    } else {
      EXPECT_GT(growth, 2) << entry.name << " sorts";
      EXPECT_LT(growth, 3) << entry.name << " sorts";
    }
    EXPECT_EQ(subject->work(8, 0).bytes, 0) << entry.name;
  }
}

TEST(RuleWork, IsThereForAnyNumberOfRowsButNone) {
  Meamed meamed;
  meamed.f = 100;
  TrimmedMean trimmed;
  trimmed.f = 100;
  for (const Rule* subject : {static_cast<const Rule*>(&meamed), static_cast<const Rule*>(&trimmed)}) {
    EXPECT_GT(seconds(subject->work(1, 10)), 0) << "fewer rows than the rule takes are refused when it runs";
    EXPECT_THROW(subject->work(0, 10), BrokenInvariant);
    EXPECT_THROW(subject->work(3, -1), BrokenInvariant);
  }
  EXPECT_LT(seconds(rule("krum")->work(1'000'000, 1'000'000'000)), 1e12) << "counted in double: no overflow";
}

TEST(OptimizerWork, CountsTheStateToo) {
  Sgd sgd;
  EXPECT_DOUBLE_EQ(sgd.work(million).bytes, 9.5e6) << "gradient read; weights read and written in place";
  sgd.momentum = 0.9;
  EXPECT_DOUBLE_EQ(sgd.work(million).bytes, 15e6) << "and a buffer";
  EXPECT_DOUBLE_EQ(Adam().work(million).bytes, 20.5e6);
  EXPECT_DOUBLE_EQ(Adam().work(million).flops, 5.3e6);
  EXPECT_THROW(sgd.work(-1), BrokenInvariant);
}

TEST(Seconds, AreThoseOfTheSlowerOfArithmeticAndMemory) {
  constexpr CoreRates core{.flops_per_s = 2e9, .bytes_per_s = 10e9};
  EXPECT_DOUBLE_EQ(seconds({.flops = 4e9, .bytes = 1e9}, core), 2);
  EXPECT_DOUBLE_EQ(seconds({.flops = 1e9, .bytes = 30e9}, core), 3);
  const Work both = Work{.flops = 1, .bytes = 2} + Work{.flops = 3, .bytes = 4};
  EXPECT_EQ(both.flops, 4);
  EXPECT_EQ(both.bytes, 6);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
