// Each rule on numbers worked by hand, its least number of rows, its messages and its settings. Random input and speed
// are not the matter here: see reference_test.cpp.
#include "aggregation/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "aggregation/krum.h"
#include "aggregation/meamed.h"
#include "aggregation/mean.h"
#include "aggregation/trimmed_mean.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

template <class R>
R with_f(std::int64_t f) {
  R rule;
  rule.f = f;
  return rule;
}

std::string message(const Rule& rule, const Matrix& matrix) {
  try {
    aggregate(rule, matrix);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Mean, IsTheSumOverN) { EXPECT_THAT(aggregate(*rule("mean"), {{{1, -2}, {2, 0}, {6, 8}}}), ElementsAre(3, 2)); }

TEST(Mean, RoundsOnceFromDouble) {
  // In float, 1e8 + 1 − 1e8 is 0; in double nothing is lost.
  EXPECT_THAT(aggregate(*rule("mean"), {{{1e8F}, {1}, {-1e8F}, {2}}}), ElementsAre(0.75F));
}

TEST(Mean, LetsNotANumberAndInfinityThrough) {
  const auto out = aggregate(*rule("mean"), {{{1, 1, 1}, {nan, inf, 3}, {1, 1, 2}}});
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], inf);
  EXPECT_EQ(out[2], 2);
}

TEST(Median, IsTheMiddleValue) {
  EXPECT_THAT(aggregate(*rule("median"), {{{5, 1}, {3, -7}, {9, 0}}}), ElementsAre(5, 0));
}

TEST(Median, OfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_THAT(aggregate(*rule("median"), {{{5}, {3}, {9}, {4}}}), ElementsAre(4.5F));
}

TEST(Median, OfOneRowIsTheRow) { EXPECT_THAT(aggregate(*rule("median"), {{{5, -1}}}), ElementsAre(5, -1)); }

TEST(Median, CountsNotANumberAsPlusInfinity) {
  EXPECT_THAT(aggregate(*rule("median"), {{{nan, -inf}, {3, 4}, {7, 6}}}), ElementsAre(7, 4));
  EXPECT_THAT(aggregate(*rule("median"), {{{nan}, {nan}, {7}}}), ElementsAre(inf));
}

TEST(Median, OfHugeMiddleValuesDoesNotOverflow) {
  const float huge = std::numeric_limits<float>::max();
  EXPECT_THAT(aggregate(*rule("median"), {{{huge}, {huge}}}), ElementsAre(huge));
}

TEST(TrimmedMean, DropsBothEndsOfEachCoordinate) {
  // first column 1 2 4 6 100 → (2+4+6)/3; second −50 0 3 3 9 → (0+3+3)/3
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(1), {{{4, 3}, {100, 0}, {1, 9}, {6, -50}, {2, 3}}}), ElementsAre(4, 2));
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(2), {{{4, 3}, {100, 0}, {1, 9}, {6, -50}, {2, 3}}}), ElementsAre(4, 3));
}

TEST(TrimmedMean, WithoutTrimmingIsTheMean) {
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(0), {{{1}, {2}, {6}}}), ElementsAre(3));
}

TEST(TrimmedMean, DropsNotANumberAndInfinity) {
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(1), {{{1, 1}, {nan, -inf}, {3, 3}, {5, 5}}}), ElementsAre(4, 2));
}

TEST(Meamed, IsTheMeanOfTheValuesNearestToTheMedian) {
  // median 4; distances 3 2 0 3 96: without 100 the mean of 1 2 4 7
  EXPECT_THAT(aggregate(with_f<Meamed>(1), {{{4}, {100}, {1}, {7}, {2}}}), ElementsAre(3.5F));
  // f = 2: 1 and 7 are equally far, the smaller stays: mean of 1 2 4
  EXPECT_FLOAT_EQ(aggregate(with_f<Meamed>(2), {{{4}, {100}, {1}, {7}, {2}}})[0], 7.0F / 3);
}

TEST(Meamed, OfAnEvenNumberMeasuresFromTheMeanOfTheMiddleTwo) {
  // sorted 0 4 5 10: median 4.5, distances 4.5 0.5 0.5 5.5
  EXPECT_THAT(aggregate(with_f<Meamed>(1), {{{5}, {0}, {10}, {4}}}), ElementsAre(3));
}

TEST(Meamed, DropsNotANumberAndInfinity) {
  EXPECT_THAT(aggregate(with_f<Meamed>(1), {{{1, 1}, {nan, -inf}, {3, 3}, {5, 5}}}), ElementsAre(3, 3));
}

TEST(Krum, ChoosesTheRowNearestToItsNeighbours) {
  // f = 1, n = 5: scores of the two nearest. On the line 0 1 3 4 50: 0: 1+9, 1: 1+4, 3: 1+4, 4: 1+9 → 1 (tie, index)
  const Matrix matrix{{{0}, {1}, {3}, {4}, {50}}};
  EXPECT_EQ(with_f<Krum>(1).choose(matrix.rows()), 1U);
  EXPECT_THAT(aggregate(with_f<Krum>(1), matrix), ElementsAre(1));
  // in the plane: (1,1) has squared distances 2, 1, 1, …; (0,0): 2, 1, 5; (1,2): 1, 2, 5; (2,1): 1, 2, 5
  EXPECT_THAT(aggregate(with_f<Krum>(1), {{{-9, 7}, {0, 0}, {1, 2}, {2, 1}, {1, 1}}}), ElementsAre(1, 1));
}

TEST(Krum, BreaksTiesByTheLowestIndex) {
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{7}, {7}, {7}, {7}, {7}}}.rows()), 0U);
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{50}, {4}, {3}, {1}, {0}}}.rows()), 2U);
}

TEST(Krum, NeverChoosesARowWithNotANumberOrInfinity) {
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{nan, 0}, {1, 5}, {2, 5}, {4, 5}, {8, 5}}}.rows()), 2U);
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{1, 5}, {2, 5}, {4, 5}, {8, 5}, {0, -inf}}}.rows()), 1U);
  EXPECT_EQ(with_f<Krum>(2).choose(Matrix{{{inf}, {inf}, {0}, {9}, {1}, {3}, {8}}}.rows()), 5U);
}

TEST(Krum, ComparesDistancesThatNoFloatHolds) {
  // Squares of 1e30 overflow a float and squares of 1e-30 vanish in it.
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{9e30F}, {1e30F}, {2e30F}, {4e30F}, {-8e30F}}}.rows()), 2U);
  EXPECT_EQ(with_f<Krum>(1).choose(Matrix{{{9e-30F}, {1e-30F}, {2e-30F}, {4e-30F}, {-8e-30F}}}.rows()), 2U);
}

TEST(Rules, NeedTheirLeastNumberOfRows) {
  const Matrix two{{{1}, {2}}}, four{{{1}, {2}, {3}, {4}}};
  EXPECT_EQ(message(with_f<TrimmedMean>(1), two),
            "trimmed_mean with f = 1 needs at least 3 update(s) to combine, there are 2");
  EXPECT_THAT(message(with_f<Meamed>(2), four), HasSubstr("meamed with f = 2 needs at least 5"));
  EXPECT_THAT(message(with_f<Krum>(1), four), HasSubstr("krum with f = 1 needs at least 5"));
  EXPECT_EQ(message(with_f<TrimmedMean>(1), four), "no error");
  EXPECT_EQ(message(with_f<Krum>(0), four), "no error");
  std::vector<float> out;
  for (const auto& entry : rules()) EXPECT_THROW(entry.make()->aggregate({}, out), InputError) << entry.name;
}

TEST(Rules, RefuseRowsOfDifferentLengths) {
  EXPECT_THAT(message(*rule("mean"), {{{1, 2}, {1, 2}, {1}}}), HasSubstr("update 2 has 1 values, update 0 has 2"));
}

TEST(Rules, RefuseToWriteOverARow) {
  Matrix matrix{{{1, 2}, {3, 4}}};
  EXPECT_THROW(rule("mean")->aggregate(matrix.rows(), matrix.values[1]), BrokenInvariant);
  std::vector<float> shorter(1);
  EXPECT_THROW(rule("mean")->aggregate(matrix.rows(), shorter), BrokenInvariant);
}

TEST(Rules, TakeRowsWithoutValues) {
  const Matrix empty{std::vector<std::vector<float>>(5)};
  for (const auto& entry : rules()) EXPECT_THAT(aggregate(*entry.make(), empty), IsEmpty()) << entry.name;
}

TEST(Rules, AreListedByName) {
  EXPECT_THAT(names_of(rules()), ElementsAre("mean", "median", "trimmed_mean", "krum", "meamed"));
  try {
    rule("trimed_mean");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"trimmed_mean\"?"));
  }
}

TEST(Rules, DescribeTheirSettings) {
  struct Names : Fields {
    std::vector<std::string> seen;
    void field(Field field) override { seen.emplace_back(field.name); }
  };
  for (const auto& entry : rules()) {
    Names names;
    entry.make()->describe(names);
    if (entry.name == "mean" || entry.name == "median") {
      EXPECT_THAT(names.seen, IsEmpty()) << entry.name;
    } else {
      EXPECT_THAT(names.seen, ElementsAre("f")) << entry.name;
    }
  }
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
