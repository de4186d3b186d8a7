// Pre-aggregations: each first step on numbers worked by hand, that it goes together with any rule and with further steps,
// and that least numbers of rows and cost are those of all steps. The rules behind them are checked elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "aggregation/arc.h"
#include "aggregation/bucketing.h"
#include "aggregation/clip.h"
#include "aggregation/nnm.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using ::testing::ElementsAre;

template <class Step>
Step before(std::string_view name) {
  Step step;
  step.rule.select(name);
  return step;
}

TEST(Clip, ShortensLongRows) {
  auto clip = before<Clip>("mean");
  clip.norm = 5;
  // (6, 8) has length 10 and becomes (3, 4); (0, 1) stays.
  EXPECT_THAT(aggregate(clip, {{{6, 8}, {0, 1}}}), ElementsAre(1.5F, 2.5F));
}

TEST(Arc, ShortensTheLongestToTheLongestOfTheOthers) {
  auto arc = before<Arc>("mean");
  arc.f = 1;
  // n = 5: ⌊2 · 1/5 · 4⌋ = 1 row is clipped, to the second largest length, 4: 100 becomes 4.
  EXPECT_THAT(aggregate(arc, {{{1}, {-2}, {100}, {3}, {4}}}), ElementsAre(2));
  arc.f = 2;  // ⌊2 · 2/5 · 3⌋ = 2 rows, to 3: 100 and 4 become 3
  EXPECT_FLOAT_EQ(aggregate(arc, {{{1}, {-2}, {100}, {3}, {4}}})[0], 8.0F / 5);
  arc.f = 0;
  EXPECT_FLOAT_EQ(aggregate(arc, {{{1}, {-2}, {100}, {3}, {4}}})[0], 106.0F / 5);
}

TEST(Nnm, MixesEachRowWithItsNeighbours) {
  // n = 3, f = 1: each row and its nearest: (0 + 1)/2, (1 + 0)/2, (9 + 1)/2; the median of 0.5 0.5 5
  EXPECT_THAT(aggregate(before<Nnm>("median"), {{{0}, {1}, {9}}}), ElementsAre(0.5F));
  EXPECT_FLOAT_EQ(aggregate(before<Nnm>("mean"), {{{0}, {1}, {9}}})[0], 2);
}

TEST(Nnm, KeepsItsDigitsWhenSomeRowsAreFarAway) {
  // Four of nine rows far away, so that they are in each other's neighbourhoods, and f too small to keep them out of the
  // others': the mixed rows are those of the plain definition, in long double, to the last digit of a float.
  for (const float far : {10.0F, 1e5F, 1e20F}) {
    Matrix matrix = coarse({.n = 9, .d = 40}, 17);
    for (std::size_t i = 5; i < 9; ++i) {
      for (float& value : matrix.values[i]) value = far + value;
    }
    auto nnm = before<Nnm>("median");
    for (nnm.f = 0; nnm.f <= 4; ++nnm.f) {
      Matrix mixed = matrix;
      for (std::size_t i = 0; i < 9; ++i) {
        std::vector<std::pair<long double, std::size_t>> order;
        for (std::size_t k = 0; k < 9; ++k) {
          long double distance = 0;
          for (std::size_t j = 0; j < 40; ++j) {
            const long double difference = static_cast<long double>(matrix.values[i][j]) - matrix.values[k][j];
            distance += difference * difference;
          }
          order.emplace_back(distance, k);
        }
        std::sort(order.begin(), order.end());
        const std::size_t near = 9 - static_cast<std::size_t>(nnm.f);
        for (std::size_t j = 0; j < 40; ++j) {
          long double sum = 0;
          for (std::size_t k = 0; k < near; ++k) sum += matrix.values[order[k].second][j];
          mixed.values[i][j] = static_cast<float>(sum / static_cast<long double>(near));
        }
      }
      const auto got = aggregate(nnm, matrix), wanted = aggregate(*rule("median"), mixed);
      for (std::size_t j = 0; j < 40; ++j) ASSERT_NEAR(got[j], wanted[j], 3e-7 * std::abs(wanted[j])) << far << ", f = " << nnm.f;
    }
  }
}

TEST(Bucketing, TakesMeansOfAFew) {
  auto bucketing = before<Bucketing>("median");
  bucketing.shuffle = false;
  // (1 + 3)/2, (5 + 100)/2, 7: the median is 7
  EXPECT_THAT(aggregate(bucketing, {{{1}, {3}, {5}, {100}, {7}}}), ElementsAre(7));
  bucketing.s = 5;
  EXPECT_FLOAT_EQ(aggregate(bucketing, {{{1}, {3}, {5}, {100}, {7}}})[0], 116.0F / 5);
}

TEST(Bucketing, FillsItsBucketsInAnOrderDrawnFromSeedAndRows) {
  auto bucketing = before<Bucketing>("median");
  const Matrix matrix = fine({.n = 9, .d = 5}, 3);
  Matrix other = matrix;
  const auto first = aggregate(bucketing, matrix);
  EXPECT_EQ(aggregate(bucketing, matrix), first);
  int different = 0;
  for (bucketing.seed = 1; bucketing.seed <= 10; ++bucketing.seed) different += aggregate(bucketing, matrix) != first;
  EXPECT_GE(different, 8);
  // With whole numbers the buckets show: their means are those of some order.
  bucketing.rule.select("mean");
  EXPECT_FLOAT_EQ(aggregate(bucketing, {{{1}, {2}, {3}, {4}, {5}, {6}}})[0], 3.5F);
}

TEST(PreAggregation, GoesTogetherWithAnyRule) {
  const Matrix matrix = fine({.n = 19, .d = 10'001}, 9);
  for (const auto& step : {"clip", "arc", "nnm", "bucketing"}) {
    for (const auto& entry : rules()) {
      const auto subject = rule(step);
      choose(*subject, "rule", entry.name);
      const auto out = aggregate(*subject, matrix);
      for (const float value : out) ASSERT_TRUE(std::isfinite(value)) << subject->label();
    }
  }
}

TEST(PreAggregation, GivesTheRuleTheRowsThatItMakes) {
  // By hand: clipped rows as a matrix of their own. Once by coordinate, once by rows.
  const Matrix matrix = fine({.n = 7, .d = 9'000}, 4);
  auto clip = before<Clip>("trimmed_mean");
  clip.norm = 1000;
  Matrix clipped = matrix;
  for (auto& row : clipped.values) {
    double squares = 0;
    for (const float value : row) squares += double{value} * double{value};
    const double factor = std::min(1.0, 1000 / std::sqrt(squares));
    for (float& value : row) value = static_cast<float>(factor * double{value});
  }
  for (const std::string_view name : {"trimmed_mean", "krum"}) {
    clip.rule.select(name);
    const auto got = aggregate(clip, matrix), wanted = aggregate(*rule(name), clipped);
    for (std::size_t j = 0; j < got.size(); ++j) ASSERT_NEAR(got[j], wanted[j], 1e-6 * std::abs(wanted[j])) << name;
  }
}

TEST(PreAggregation, MayFollowAnother) {
  auto clip = before<Clip>("nnm");
  clip.norm = 5;
  // (6, 8) becomes (3, 4); each row with its nearest: (3, 4) and (0, 1) are 18 apart, (0, 1) and (0, 0) are 1 apart.
  const auto out = aggregate(clip, {{{6, 8}, {0, 1}, {0, 0}}});
  EXPECT_FLOAT_EQ(out[0], 1.5F / 3);
  EXPECT_FLOAT_EQ(out[1], (2.5F + 0.5F + 0.5F) / 3);
  EXPECT_EQ(clip.label(), "clip to norm 5, then nnm with f = 1, then mean");
}

TEST(PreAggregation, SaysWhatMemoryItTakes) {
  EXPECT_EQ(before<Clip>("median").kept_bytes(10, 1000), 10 * 10 * 8);  // clipped piece by piece; a rule by rows
  EXPECT_EQ(before<Clip>("krum").kept_bytes(10, 1000), 10 * 10 * 8 + 10 * 1000 * 4);
  EXPECT_EQ(rule("median")->kept_bytes(10, 1000), 0);
  auto clip = before<Clip>("nnm");
  choose(clip.rule, "rule", "krum");
  EXPECT_EQ(clip.kept_bytes(10, 1000), 10 * 10 * 8 + 2 * 10 * 1000 * 4);
}

TEST(PreAggregation, IsNamedByItsSteps) {
  Choice<Rule> rule(rules(), "krum");
  EXPECT_EQ(steps_of(rule), "krum");
  rule.select("clip");
  choose(rule, "rule", "nnm");
  EXPECT_EQ(steps_of(rule), "clip+nnm+mean");
}

TEST(PreAggregation, NeedsTheRowsOfAllSteps) {
  auto nnm = before<Nnm>("krum");
  nnm.f = 1;
  EXPECT_EQ(nnm.minimum_rows(), 5);  // Krum's
  nnm.f = 4;
  EXPECT_EQ(nnm.minimum_rows(), 9);  // its own
  EXPECT_EQ(nnm.least_rows(3), 3);   // f = 1 and f = 0 are left: 2 · 1 + 1 and Krum's 3
  auto bucketing = before<Bucketing>("krum");
  bucketing.s = 3;
  EXPECT_EQ(bucketing.minimum_rows(), 4 * 3 + 1);  // five buckets
  EXPECT_EQ(before<Clip>("krum").minimum_rows(), 5);
  EXPECT_THROW(aggregate(bucketing, fine({.n = 12, .d = 3}, 1)), InputError);
}

TEST(PreAggregation, LeavesOutRowsBeforeTheFirstStep) {
  auto nnm = before<Nnm>("median");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> out(1);
  const Matrix matrix{{{0}, {nan}, {1}, {9}}};
  EXPECT_THAT(nnm.aggregate(matrix.rows(), out).left_out, ElementsAre(1));
  EXPECT_FLOAT_EQ(out[0], 10.0F / 3) << "f is used up: each row becomes the mean of all";
}

TEST(PreAggregation, CostsWhatItsStepsCost) {
  const auto flops = [](const Rule& subject) { return subject.work(20, 1'000'000).flops; };
  auto nnm = before<Nnm>("median");
  EXPECT_GT(flops(nnm), flops(*rule("krum")) + flops(*rule("median")));
  EXPECT_LT(flops(before<Bucketing>("median")), flops(nnm) / 2) << "rows are not compared, and half as many are sorted";
  EXPECT_GT(nnm.work(20, 1'000'000).bytes, rule("median")->work(20, 1'000'000).bytes - 1);
  EXPECT_GT(before<Nnm>("krum").work(20, 1'000'000).bytes, nnm.work(20, 1'000'000).bytes) << "rows are kept for Krum";
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
