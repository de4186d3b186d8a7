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

TEST(Median, LeavesOutRowsWithNotANumberOrInfinity) {
  EXPECT_THAT(aggregate(*rule("median"), {{{nan, -inf}, {3, 4}, {7, 6}}}), ElementsAre(5, 5));
  EXPECT_THAT(aggregate(*rule("median"), {{{nan}, {nan}, {7}}}), ElementsAre(7));
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

TEST(TrimmedMean, CountsARowWithNotANumberOrInfinityAsOneOfTheByzantine) {
  // f = 1 and it is found: nothing is left to trim. With f = 2 one more may be there.
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(1), {{{1, 1}, {nan, -inf}, {3, 3}, {8, 5}}}), ElementsAre(4, 3));
  EXPECT_THAT(aggregate(with_f<TrimmedMean>(2), {{{1, 1}, {2, 2}, {nan, -inf}, {3, 3}, {8, 5}}}), ElementsAre(2.5F, 2.5F));
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
  EXPECT_EQ(Krum::choose(matrix.rows(), 1), 1U);
  EXPECT_THAT(aggregate(with_f<Krum>(1), matrix), ElementsAre(1));
  // in the plane: (1,1) has squared distances 2, 1, 1, …; (0,0): 2, 1, 5; (1,2): 1, 2, 5; (2,1): 1, 2, 5
  EXPECT_THAT(aggregate(with_f<Krum>(1), {{{-9, 7}, {0, 0}, {1, 2}, {2, 1}, {1, 1}}}), ElementsAre(1, 1));
}

TEST(Krum, BreaksTiesByTheLowestIndex) {
  EXPECT_EQ(Krum::choose(Matrix{{{7}, {7}, {7}, {7}, {7}}}.rows(), 1), 0U);
  EXPECT_EQ(Krum::choose(Matrix{{{50}, {4}, {3}, {1}, {0}}}.rows(), 1), 2U);
}

TEST(Krum, NeverChoosesARowWithNotANumberOrInfinity) {
  EXPECT_EQ(Krum::choose(Matrix{{{nan, 0}, {1, 5}, {2, 5}, {4, 5}, {8, 5}}}.rows(), 1), 2U);
  EXPECT_EQ(Krum::choose(Matrix{{{1, 5}, {2, 5}, {4, 5}, {8, 5}, {0, -inf}}}.rows(), 1), 1U);
  EXPECT_EQ(Krum::choose(Matrix{{{inf}, {inf}, {0}, {9}, {1}, {3}, {8}}}.rows(), 2), 5U);
}

TEST(Krum, ComparesDistancesThatNoFloatHolds) {
  // Squares of 1e30 overflow a float and squares of 1e-30 vanish in it.
  EXPECT_EQ(Krum::choose(Matrix{{{9e30F}, {1e30F}, {2e30F}, {4e30F}, {-8e30F}}}.rows(), 1), 2U);
  EXPECT_EQ(Krum::choose(Matrix{{{9e-30F}, {1e-30F}, {2e-30F}, {4e-30F}, {-8e-30F}}}.rows(), 1), 2U);
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
  const Matrix empty{std::vector<std::vector<float>>(9)};
  for (const auto& entry : rules()) EXPECT_THAT(aggregate(*entry.make(), empty), IsEmpty()) << entry.name;
}

TEST(Rules, AreListedByName) {
  EXPECT_THAT(names_of(rules()), ElementsAre("mean", "nan_safe_mean", "median", "trimmed_mean", "meamed", "geometric_median", "krum",
                                             "multi_krum", "bulyan", "mda", "smea", "caf", "dnc", "sign_guard",
                                             "centered_clipping", "norm_clipping", "cge", "monna", "zeno", "fltrust", "clip",
                                             "arc", "nnm", "bucketing"));
  try {
    rule("trimed_mean");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"trimmed_mean\"?"));
  }
}

struct Names : Fields {
  std::vector<std::string> seen;
  void field(Field field) override { seen.emplace_back(field.name); }
};

TEST(Rules, DescribeTheirSettings) {
  const auto settings = [](std::string_view name) {
    Names names;
    rule(name)->describe(names);
    return names.seen;
  };
  for (std::string_view name : {"mean", "median"}) EXPECT_THAT(settings(name), IsEmpty()) << name;
  for (std::string_view name : {"trimmed_mean", "krum", "meamed"}) EXPECT_THAT(settings(name), ElementsAre("f")) << name;
  EXPECT_THAT(settings("nnm"), ElementsAre("f", "rule"));
}

TEST(Rules, ReportTheRowsThatTheyLeaveOut) {
  const Matrix matrix{{{1, 1}, {1, nan}, {2, 1}, {inf, 2}, {3, 3}, {4, 4}}};
  std::vector<float> out(2);
  EXPECT_THAT(with_f<TrimmedMean>(2).aggregate(matrix.rows(), out).left_out, ElementsAre(1, 3));
  EXPECT_THAT(out, ElementsAre(2.5F, 2.25F));
  EXPECT_THAT(with_f<Krum>(1).aggregate(matrix.rows(), out).left_out, ElementsAre(1, 3));
  EXPECT_THAT(rule("mean")->aggregate(matrix.rows(), out).left_out, IsEmpty());
}

TEST(Rules, SayWhenTooFewRowsAreFinite) {
  const Matrix matrix{{{1}, {nan}, {2}, {inf}, {3}}};
  try {
    aggregate(with_f<Krum>(1), matrix);  // f is used up, and Krum needs three rows whatever f
  } catch (const RunError&) {
    FAIL() << "three rows are finite";
  }
  const Matrix less{{{1}, {nan}, {2}, {inf}, {-inf}}};
  try {
    aggregate(with_f<Krum>(1), less);
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_STREQ(error.what(), "krum with f = 1: 3 of 5 updates hold NaN or infinity; at least 3 without are needed");
  }
}

TEST(Rules, AreTheSameInAnyPartsAndOrder) {
  // Whoever computes the parts, backwards here; long rows, so that there are many, and a strange value in the last one.
  const Parallel backwards = [](std::size_t parts, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = parts; i-- > 0;) work(i);
  };
  for (const auto& entry : rules()) {
    const auto subject = entry.make();
    Matrix matrix = fine({.n = 9, .d = 150'001}, 77);
    const std::vector<float> own = matrix.values[0];
    for (const float last : {1.0F, nan}) {
      matrix.values[4].back() = last;
      std::vector<float> here(matrix.d()), there(matrix.d());
      const RuleContext context{.own = own, .previous = own, .reference = own};
      RuleContext shared = context;
      shared.parallel = backwards;
      subject->aggregate(matrix.rows(), context, here);
      subject->aggregate(matrix.rows(), shared, there);
      if (entry.name == "mean") here.back() = there.back() = 0;  // NaN is not equal to itself
      EXPECT_EQ(here, there) << entry.name;
    }
  }
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
