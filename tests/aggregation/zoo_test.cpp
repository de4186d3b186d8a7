// What is particular about some rules, on numbers worked by hand: what they choose and why, what they want at hand, and
// what they refuse. That their results are right on many rows is the matter of golden_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/bulyan.h"
#include "aggregation/centered_clipping.h"
#include "aggregation/distances.h"
#include "aggregation/dnc.h"
#include "aggregation/fltrust.h"
#include "aggregation/geometric_median.h"
#include "aggregation/mda.h"
#include "aggregation/monna.h"
#include "aggregation/multi_krum.h"
#include "aggregation/sign_guard.h"
#include "aggregation/smea.h"
#include "aggregation/zeno.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> combine(const Rule& rule, const Matrix& matrix, const RuleContext& context) {
  std::vector<float> out(matrix.d());
  rule.aggregate(matrix.rows(), context, out);
  return out;
}

template <class E>
std::string message(const Rule& rule, const Matrix& matrix, const RuleContext& context) {
  try {
    combine(rule, matrix, context);
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

TEST(MultiKrum, TakesTheMeanOfTheBest) {
  MultiKrum rule;
  // Scores of the two nearest, as in Krum's test: 10 5 5 10 and many. The four best: (0 + 1 + 3 + 4)/4.
  EXPECT_THAT(aggregate(rule, {{{0}, {1}, {3}, {4}, {50}}}), ElementsAre(2));
  rule.m = 2;
  EXPECT_THAT(aggregate(rule, {{{0}, {1}, {3}, {4}, {50}}}), ElementsAre(2));  // 1 and 3
  rule.m = 1;
  EXPECT_THAT(aggregate(rule, {{{0}, {1}, {3}, {4}, {50}}}), ElementsAre(1));
  rule.m = 100;  // more than there are
  EXPECT_FLOAT_EQ(aggregate(rule, {{{0}, {1}, {3}, {4}, {50}}})[0], 58.0F / 5);
}

TEST(Bulyan, LeavesNoCoordinateToARowThatIsCloseInAllOthers) {
  // One false coordinate of a row that is otherwise honest: its distance hardly matters among many coordinates.
  Matrix matrix = coarse({.n = 11, .d = 2'000}, 5);
  matrix.values[4][7] = 40;
  Bulyan rule;
  rule.f = 2;
  const auto out = aggregate(rule, matrix);
  EXPECT_LE(std::abs(out[7]), 4);
  EXPECT_EQ(rule.minimum_rows(), 11);
}

TEST(GeometricMedian, IsTheMiddleOnALineAndTheCornerOfAnObtuseTriangle) {
  const GeometricMedian rule;
  EXPECT_NEAR(aggregate(rule, {{{0}, {1}, {100}}})[0], 1, 1e-4);
  // With an angle of more than 120 degrees at the origin the geometric median is that corner.
  const auto corner = aggregate(rule, {{{0, 0}, {10, 1}, {-10, 1}}});
  EXPECT_NEAR(corner[0], 0, 1e-4);
  EXPECT_NEAR(corner[1], 0, 1e-4);
  // Fermat's point of an equilateral triangle is its center.
  const auto center = aggregate(rule, {{{0, 0}, {2, 0}, {1, 1.7320508F}}});
  EXPECT_NEAR(center[0], 1, 1e-5);
  EXPECT_NEAR(center[1], 0.57735, 1e-5);
}

TEST(Mda, TakesTheSetThatLiesClosest) {
  Mda rule;
  EXPECT_THAT(aggregate(rule, {{{0}, {10}, {1}}}), ElementsAre(0.5F));
  rule.f = 2;
  // Diameters of three of them: 0 2 4: 4; 2 4 5: 3; 4 5 9: 5: the second is smallest.
  EXPECT_FLOAT_EQ(aggregate(rule, {{{0}, {2}, {4}, {5}, {9}}})[0], 11.0F / 3);
  rule.f = 20;  // many more sets than could be looked at one by one: 60 over 20 are 4e15
  Matrix matrix = fine({.n = 60, .d = 20}, 8);
  for (std::size_t i = 0; i < 20; ++i) std::fill(matrix.values[3 * i].begin(), matrix.values[3 * i].end(), 1e9F + 1e7F * static_cast<float>(i));
  Matrix honest;
  for (std::size_t i = 0; i < 60; ++i) {
    if (i % 3 != 0) honest.values.push_back(matrix.values[i]);
  }
  EXPECT_EQ(aggregate(rule, matrix), aggregate(*testing::rule("mean"), honest));
}

TEST(Smea, SaysWhenThereAreTooManySets) {
  Smea rule;
  rule.f = 12;
  EXPECT_THAT(message<InputError>(rule, fine({.n = 40, .d = 3}, 1), {}),
              HasSubstr("looks at every set of 28 of 40 updates, and there are 5.59e+09; at most 200000"));
}

TEST(Dnc, DrawsItsCoordinatesBySeed) {
  Dnc rule;
  rule.f = 3;
  rule.coordinates = 20;
  const Matrix matrix = fine({.n = 20, .d = 5'000}, 3);
  const auto first = aggregate(rule, matrix);
  EXPECT_EQ(aggregate(rule, matrix), first);
  int different = 0;
  for (rule.seed = 1; rule.seed <= 10; ++rule.seed) different += aggregate(rule, matrix) != first;
  EXPECT_GE(different, 5);
  rule.iterations = 8;  // may mark 24 of 20
  EXPECT_EQ(rule.minimum_rows(), 25);
}

TEST(CenteredClipping, StepsFromThePreviousAggregate) {
  CenteredClipping rule;
  rule.radius = 2;
  // From zero: 1 stays, 10 and -3 become 2 and -2.
  EXPECT_FLOAT_EQ(combine(rule, {{{1}, {10}, {-3}}}, {})[0], 1.0F / 3);
  const std::vector<float> previous{9};
  // From 9: steps of -2, 1 and -2.
  EXPECT_FLOAT_EQ(combine(rule, {{{1}, {10}, {-3}}}, {.previous = previous})[0], 8);
  rule.iterations = 2;  // from 8: -2, 2 and -2
  EXPECT_FLOAT_EQ(combine(rule, {{{1}, {10}, {-3}}}, {.previous = previous})[0], 8 - 2.0F / 3);
}

TEST(SignGuard, LeavesOutTurnedSignsAndStrangeLengths) {
  // Honest rows have three positive values of four. One has its signs turned, one is ten times as long.
  const Matrix matrix{{{1, 1, 1, -1}, {1, 1, -1, 1}, {1, -1, 1, 1}, {-1, 1, 1, 1}, {-1, -1, -1, 1}, {10, 10, 10, -10}}};
  EXPECT_THAT(aggregate(SignGuard(), matrix), ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
}

TEST(Monna, LooksFromTheOwnRow) {
  const Monna rule;
  const Matrix matrix{{{0}, {1}, {2}, {10}}};
  const std::vector<float> low{0}, high{10};
  EXPECT_THAT(combine(rule, matrix, {.own = low}), ElementsAre(1));
  EXPECT_FLOAT_EQ(combine(rule, matrix, {.own = high})[0], 13.0F / 3);
  EXPECT_EQ(message<InputError>(rule, matrix, {}), "monna with f = 1 needs the own update of the one who combines, and there is none");
}

TEST(Zeno, KeepsWhatPromisesMost) {
  Zeno rule;
  rule.rate = 1;
  rule.rho = 0.1;
  const std::vector<float> reference{1, 0};
  // Scores: 1 - 0.1, 2 - 0.4, -1 - 0.1, 9 - 8.1: the third goes.
  const Matrix matrix{{{1, 0}, {2, 0}, {-1, 0}, {9, 0}}};
  EXPECT_THAT(combine(rule, matrix, {.reference = reference}), ElementsAre(4, 0));
  rule.f = 3;
  EXPECT_THAT(combine(rule, matrix, {.reference = reference}), ElementsAre(2, 0));
  EXPECT_THAT(message<InputError>(rule, matrix, {}), HasSubstr("needs a reference update that can be trusted"));
}

TEST(FlTrust, WeighsByDirectionAndTakesTheReferencesLength) {
  const FlTrust rule;
  const std::vector<float> reference{2, 0};
  // Cosines 1, 0 and -1; (7, 0) is brought to the length 2.
  EXPECT_THAT(combine(rule, {{{7, 0}, {0, 3}, {-1, 0}}}, {.reference = reference}), ElementsAre(2, 0));
  // Cosine 0.8: (4, 3) becomes (1.6, 1.2); (2·1 + 1.6·0.8)/1.8 and 1.2·0.8/1.8.
  const auto out = combine(rule, {{{7, 0}, {4, 3}}}, {.reference = reference});
  EXPECT_FLOAT_EQ(out[0], 3.28F / 1.8F);
  EXPECT_FLOAT_EQ(out[1], 0.96F / 1.8F);
  EXPECT_THAT(combine(rule, {{{0, 3}, {-1, 0}}}, {.reference = reference}), ElementsAre(0, 0));
}

TEST(WhatIsAtHand, HasTheLengthOfTheRowsAndIsFinite) {
  const std::vector<float> longer{1, 2}, bad{HUGE_VALF};
  const Matrix matrix{{{0}, {1}, {2}}};
  EXPECT_THAT(message<InputError>(Monna(), matrix, {.own = longer}), HasSubstr("has 2 values, the updates have 1"));
  EXPECT_THAT(message<RunError>(Monna(), matrix, {.own = bad}), HasSubstr("holds NaN or infinity"));
  EXPECT_THAT(message<RunError>(CenteredClipping(), matrix, {.previous = bad}), HasSubstr("the previous aggregate holds NaN"));
}

TEST(Distances, AreThoseOfThePlainLoop) {
  // In long double and one pair at a time; rows far from zero and close to each other, where a formula of products without
  // centring keeps no digit: 1e4 squared times d in floats' steps of 1e-3.
  for (const std::size_t d : {1U, 127U, 128U, 129U, 5'000U, 70'001U}) {
    Matrix matrix = coarse({.n = 7, .d = d}, static_cast<std::uint32_t>(d));
    for (auto& row : matrix.values) {
      for (float& value : row) value = 10'000 + value / 100;
    }
    matrix.values[5] = matrix.values[2];
    const auto rows = matrix.rows();
    const Square fast = squared_distances(rows), about = gram(rows, rows[1]);
    for (std::size_t i = 0; i < 7; ++i) {
      for (std::size_t k = 0; k < 7; ++k) {
        long double distance = 0, product = 0;
        for (std::size_t j = 0; j < d; ++j) {
          const long double a = rows[i][j], b = rows[k][j], c = rows[1][j];
          distance += (a - b) * (a - b);
          product += (a - c) * (b - c);
        }
        EXPECT_NEAR(fast(i, k), static_cast<double>(distance), 1e-13 * static_cast<double>(distance));
        EXPECT_NEAR(about(i, k), static_cast<double>(product), 1e-13 * std::sqrt(about(i, i) * about(k, k)));
      }
    }
    EXPECT_EQ(fast(2, 5), 0);
    EXPECT_NEAR(products(rows, rows[3])[0], gram(rows, {})(0, 3), 1e-12 * gram(rows, {})(0, 3));
    EXPECT_NEAR(squared_distances_to(rows[4], rows)[6], fast(4, 6), 1e-12 * fast(4, 6));
  }
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
