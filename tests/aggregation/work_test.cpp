// What rules and optimizers declare to cost: each figure by hand, how it grows, and the time it becomes. That the
// figures are those of the code is the matter of bench/rules_bench.cpp, which measures.
#include "aggregation/work.h"

#include <gtest/gtest.h>

#include "aggregation/krum.h"
#include "aggregation/meamed.h"
#include "aggregation/optimizer.h"
#include "aggregation/smea.h"
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
  EXPECT_DOUBLE_EQ(rule("krum")->work(20, million).flops, (1.05 * 190 + 13.1 * 20) * 1e6);
  EXPECT_DOUBLE_EQ(rule("median")->work(16, million).flops, (0.56 * 63 + 8.4 * 16) * 1e6);
  TrimmedMean trimmed;
  trimmed.f = 3;
  EXPECT_DOUBLE_EQ(trimmed.work(16, million).flops, (0.67 * 63 + 3.4 * 10 + 7.9 * 16) * 1e6);
  Meamed meamed;
  meamed.f = 3;
  EXPECT_DOUBLE_EQ(meamed.work(16, million).flops, (0.57 * 63 + 14 * 16 + 3.7 * 3) * 1e6);
  for (std::string_view name : {"krum", "median", "trimmed_mean", "meamed"}) {
    EXPECT_DOUBLE_EQ(rule(name)->work(16, million).bytes, (4 * 16 + 8) * 1e6) << name;
  }
  // f = 1: all rows are read once for their norms, 15 of them again for their mean.
  const Work cge = rule("cge")->work(16, million);
  EXPECT_DOUBLE_EQ(cge.flops, (5.6 * 16 + 3.8 * 15 + 2) * 1e6);
  EXPECT_DOUBLE_EQ(cge.bytes, (4 * 16 + 8 + 4 * 16 + 4 * 15) * 1e6);
  // NNM by f = 1: distances, 16 means that differ from a common sum by a row, then the mean of these.
  EXPECT_DOUBLE_EQ(rule("nnm")->work(16, million).flops,
                   (1.05 * 120 + 13.1 * 16 + 16 * (1.55 * 2 + 6) + 1.25 * 16) * 1e6);
}

TEST(RuleWork, CountsWhatIsDoneOnceACall) {
  Smea smea;
  smea.f = 4;  // 20 over 4 sets of 16 rows
  EXPECT_DOUBLE_EQ(smea.work(20, 0).flops, 4845 * (25 * 4096 + 20'000.0));
  EXPECT_EQ(smea.work(20, 0).bytes, 0);
  EXPECT_EQ(rule("krum")->work(20, 0).flops, 0);
}

TEST(RuleWork, KrumAndTheMeanAreNotTheSame) {
  const double mean = seconds(rule("mean")->work(20, million)), krum = seconds(rule("krum")->work(20, million));
  EXPECT_GT(krum, 5 * mean);
  EXPECT_GT(seconds(rule("krum")->work(64, million)), 8 * seconds(rule("mean")->work(64, million)));
}

TEST(RuleWork, GrowsWithRowsAndValues) {
  for (const Option<Rule>& entry : rules()) {
    const auto subject = entry.make();
    for (std::int64_t n : {8, 32, 100}) {
      const Work call = subject->work_per_call(static_cast<double>(n));
      const Work once = subject->work(n, million), longer = subject->work(n, 7 * million);
      EXPECT_NEAR((longer.flops - call.flops) / (once.flops - call.flops), 7, 1e-9) << entry.name;
      EXPECT_NEAR(longer.bytes / once.bytes, 7, 1e-9) << entry.name;
    }
    // Sorting grows a little faster than the rows, pairs with their square.
    const double growth = subject->work_per_value(512).flops / subject->work_per_value(256).flops;
    EXPECT_GE(growth, 1.98) << entry.name;
    EXPECT_LT(growth, 4.02) << entry.name;
    if (entry.name == "krum") {
      EXPECT_GT(growth, 3.5) << "pairs of rows";
    } else if (entry.name == "mean") {
      EXPECT_DOUBLE_EQ(growth, 2);
    } else if (entry.name == "median" || entry.name == "trimmed_mean" || entry.name == "meamed") {
      EXPECT_LT(growth, 3) << "sorts";
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
