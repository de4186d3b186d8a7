// Attacks that look at others' updates, and the simple ones: on numbers worked by hand, what they see and refuse, and that
// each does to the rule it is made for what its paper says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "aggregation/alie.h"
#include "aggregation/attacks.h"
#include "aggregation/bit_flip.h"
#include "aggregation/distances.h"
#include "aggregation/fang.h"
#include "aggregation/inner_product.h"
#include "aggregation/krum.h"
#include "aggregation/mimic.h"
#include "aggregation/min_max.h"
#include "aggregation/random_update.h"
#include "aggregation/simple_attacks.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> forge(const Attack& attack, const AttackContext& context) {
  std::vector<float> out(context.own.size(), -12345.0F);
  attack.forge(context, out);
  return out;
}

struct Round {
  Matrix matrix;
  std::vector<Row> rows = matrix.rows();
  AttackContext context{.honest = rows, .own = rows[0], .seed = 1, .worker = 9, .round = 2};
};

double distance(Row a, Row b) { return std::sqrt(squared_distances_to(a, std::span(&b, 1))[0]); }

// Honest updates around 1 in each coordinate, more alike than their distance to zero.
Round round_of(std::size_t n, std::size_t d = 200) {
  Matrix matrix = coarse({.n = n, .d = d}, static_cast<std::uint32_t>(n));
  for (auto& row : matrix.values) {
    for (float& value : row) value = 1 + value / 8;
  }
  return {std::move(matrix)};
}

TEST(SimpleAttacks, SendWhatTheySay) {
  const std::vector<float> own{1, -2}, last{5, 6};
  EXPECT_THAT(forge(Zero(), {.own = own}), ElementsAre(0, 0));
  EXPECT_THAT(forge(Infinity(), {.own = own}), ElementsAre(HUGE_VALF, HUGE_VALF));
  EXPECT_TRUE(std::isnan(forge(Nan(), {.own = own})[1]));
  EXPECT_THAT(forge(Lazy(), {.own = own}), ElementsAre(0, 0));
  EXPECT_THAT(forge(Lazy(), {.own = own, .previous = last}), ElementsAre(5, 6));
}

TEST(Random, IsUniformAndNamedBySeedWorkerAndRound) {
  const std::vector<float> own(100'000);
  RandomUpdate attack;
  attack.scale = 3;
  const AttackContext context{.own = own, .seed = 7, .worker = 1, .round = 2};
  const auto out = forge(attack, context);
  double mean = 0, squares = 0;
  for (const float x : out) {
    ASSERT_TRUE(x >= -3 && x <= 3);
    mean += x / 1e5;
    squares += x * x / 1e5;
  }
  EXPECT_NEAR(mean, 0, 0.03);        // five standard errors of 3/√3/√n
  EXPECT_NEAR(squares, 3, 0.05);     // variance 9/3
  EXPECT_EQ(forge(attack, context), out);
  EXPECT_NE(forge(attack, {.own = own, .seed = 8, .worker = 1, .round = 2}), out);
  EXPECT_NE(forge(attack, {.own = own, .seed = 7, .worker = 2, .round = 2}), out);
}

TEST(BitFlip, FlipsTheBitsOfAShare) {
  const std::vector<float> own(10'000, 1.0F);
  BitFlip attack;
  attack.bits = {32};
  attack.share = 1;
  EXPECT_EQ(forge(attack, {.own = own})[17], -1);
  attack.bits = {31};  // the exponent's highest: 127 + 128
  EXPECT_EQ(forge(attack, {.own = own})[17], HUGE_VALF);
  attack.share = 0.1;
  const auto some = forge(attack, {.own = own, .seed = 3});
  EXPECT_NEAR(static_cast<double>(std::ranges::count(some, HUGE_VALF)), 1000, 150);
}

TEST(InformedAttacks, SayWhatTheyWantToSee) {
  for (const auto& entry : attacks()) {
    const auto attack = entry.make();
    const bool looks = attack->sight().least > 0;
    EXPECT_EQ(attack->sight().knowledge, looks ? Knowledge::all : Knowledge::own) << entry.name;
    EXPECT_EQ(attack->sight().rule, entry.name.starts_with("optimized")) << entry.name;
    EXPECT_EQ(attack->sight().previous, entry.name == "lazy");
    if (!looks) continue;
    // Nobody to see, or knowledge of the own update alone: a reason, or a forgery of that alone.
    const std::vector<float> own{1, 2};
    const Matrix matrix{{{1, 2}, {3, 4}, {5, 6}}};
    const auto rows = matrix.rows();
    std::vector<float> out(2);
    if (attack->sight().least > 1) {
      try {
        attack->forge({.own = own}, out);
        FAIL() << entry.name;
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("needs to see at least 2 updates; with knowledge: all it sees 1"));
      }
    }
    const auto mean = rule("mean");
    attack->forge({.honest = rows, .own = own, .rule = mean.get()}, out);
    EXPECT_TRUE(std::isfinite(out[0])) << entry.name;
    std::vector<float> in_place = own;
    attack->forge({.honest = rows, .own = in_place, .rule = mean.get()}, in_place);
    EXPECT_EQ(in_place, out) << entry.name << " may write over the own update";
  }
}

TEST(InformedAttacks, WithKnowledgeOfItsOwnSeesNobodyElse) {
  const Matrix matrix{{{1, 2}, {3, 4}}};
  const auto rows = matrix.rows();
  const std::vector<float> own{10, -10};
  InnerProduct attack;
  attack.knows = Knowledge::own;
  attack.factor = 1;
  EXPECT_THAT(forge(attack, {.honest = rows, .own = own}), ElementsAre(-10, 10));
  attack.knows = Knowledge::all;
  EXPECT_THAT(forge(attack, {.honest = rows, .own = own}), ElementsAre(-2, -3));
}

TEST(Alie, StaysWithinDeviations) {
  const Matrix matrix{{{0, 5}, {2, 5}, {4, 5}}};
  const auto rows = matrix.rows();
  Alie attack;
  attack.factor = 1.5;
  // mean 2, deviation √(8/3)
  EXPECT_THAT(forge(attack, {.honest = rows, .own = rows[0]}), ElementsAre(static_cast<float>(2 - 1.5 * std::sqrt(8.0 / 3)), 5));
  // n = 50, f = 24: s = 2, Φ(z) = 24/26, z = 1.4261.
  attack.factor.reset();
  const auto out = forge(attack, {.honest = rows, .own = rows[0], .byzantine = 24, .workers = 50});
  EXPECT_NEAR(out[0], 2 - 1.426077 * std::sqrt(8.0 / 3), 1e-4);
}

TEST(OptimizedAttacks, HarmMoreThanAnyOfTheFactorsTheyTried) {
  const Round r = round_of(11);
  const auto mean = aggregate(*rule("mean"), r.matrix);
  for (const std::string_view name : {"krum", "trimmed_mean", "median"}) {
    const auto target = rule(name);
    set(*target, "f", 2);
    AttackContext context = r.context;
    context.byzantine = 2;
    context.rule = target.get();
    const auto harm = [&](const std::vector<float>& forged) {
      Matrix all = r.matrix;
      all.values.insert(all.values.end(), 2, forged);
      return distance(aggregate(*target, all), mean);
    };
    OptimizedAlie optimized;
    Alie plain;
    const double best = harm(forge(optimized, context));
    for (double factor = 0.25; factor <= 4; factor += 0.25) {
      plain.factor = factor;
      EXPECT_LE(harm(forge(plain, context)), best * (1 + 1e-6)) << name << " " << factor;
    }
    context.rule = nullptr;
    EXPECT_THROW(forge(optimized, context), InputError);
  }
}

TEST(Mimic, CopiesTheMostUnusualHonestUpdate) {
  const Matrix matrix{{{0, 1}, {1, -1}, {9, 0}, {0, 0}}};
  const auto rows = matrix.rows();
  Mimic attack;
  EXPECT_THAT(forge(attack, {.honest = rows, .own = rows[0]}), ElementsAre(9, 0));
  attack.target = 1;
  EXPECT_THAT(forge(attack, {.honest = rows, .own = rows[0]}), ElementsAre(1, -1));
}

TEST(MinMax, GoesAsFarAsTwoHonestUpdatesAreApart) {
  const Round r = round_of(8);
  for (const Perturbation p : {Perturbation::unit, Perturbation::deviation, Perturbation::sign}) {
    MinMax attack;
    attack.perturbation = p;
    const auto out = forge(attack, r.context);
    double farthest = 0, apart = 0;
    for (const Row row : r.rows) {
      farthest = std::max(farthest, distance(out, row));
      for (const Row other : r.rows) apart = std::max(apart, distance(row, other));
    }
    EXPECT_NEAR(farthest, apart, 1e-5 * apart);
  }
  // On a line: 0, 1 and 5, mean 2, at most 5 apart: against the mean's way down to 0, where 5 is 5 away.
  const Matrix line{{{0}, {1}, {5}}};
  const auto rows = line.rows();
  EXPECT_NEAR(forge(MinMax(), {.honest = rows, .own = rows[0]})[0], 0, 1e-6);
}

TEST(MinSum, GoesAsFarFromAllAsOneOfThem) {
  // Sums of squared distances of 0, 1 and 5: 26, 17, 41. (x)² + (x − 1)² + (x − 5)² = 41 below the mean: x = −1.
  // 1 + 4 + 36 = 41.
  const Matrix line{{{0}, {1}, {5}}};
  const auto rows = line.rows();
  EXPECT_NEAR(forge(MinSum(), {.honest = rows, .own = rows[0]})[0], -1, 1e-5);
}

TEST(Fang, LiesBeyondTheHonestValuesAgainstTheirWay) {
  const Matrix matrix{{{1, -3, -1}, {2, -4, 4}, {4, -8, 3}}};
  const auto rows = matrix.rows();
  for (std::int64_t round = 0; round < 50; ++round) {
    const auto out = forge(Fang(), {.honest = rows, .own = rows[0], .seed = 5, .worker = 1, .round = round});
    EXPECT_TRUE(out[0] >= 0.5F && out[0] <= 1) << out[0];     // upwards, smallest 1: within [1/2, 1]
    EXPECT_TRUE(out[1] >= -3 && out[1] <= -1.5F) << out[1];   // downwards, largest −3: within [−3, −3/2]
    EXPECT_TRUE(out[2] >= -2 && out[2] <= -1) << out[2];      // upwards, smallest −1: within [−2, −1]
  }
}

TEST(Fang, IsChosenByKrum) {
  // Honest updates differ from each other by more than they differ from zero, as gradients of small batches do.
  Round r = round_of(9);
  for (auto& row : r.matrix.values) {
    for (float& value : row) value = 0.25F + 8 * (value - 1);
  }
  Fang attack;
  attack.against = FangTarget::krum;
  AttackContext context = r.context;
  context.byzantine = 3;
  const auto out = forge(attack, context);
  Matrix all = r.matrix;
  all.values.insert(all.values.end(), 3, out);
  EXPECT_GE(Krum::choose(all.rows(), 3), 9U);
  EXPECT_LT(products(std::vector<Row>{out}, aggregate(*rule("mean"), r.matrix))[0], 0) << "against the way of the honest updates";
}

TEST(Attacks, DoToTheMeanWhatTheyAreFor) {
  const Round r = round_of(10);
  const auto honest = aggregate(*rule("mean"), r.matrix);
  InnerProduct ipm;
  ipm.factor = 6;
  Matrix all = r.matrix;
  all.values.insert(all.values.end(), 2, forge(ipm, r.context));
  const auto moved = aggregate(*rule("mean"), all);
  EXPECT_LT(products(std::vector<Row>{moved}, honest)[0], 0) << "ten against twelve: training climbs";
  const auto with_krum = aggregate(*rule("krum"), all);
  EXPECT_GT(products(std::vector<Row>{with_krum}, honest)[0], 0);
}

TEST(EveryRuleAgainstEveryAttack, GivesAFiniteResult) {
  // Two of twelve attack; rules with the f that twelve rows allow. The mean lets NaN and infinity through by definition.
  const Round r = round_of(10);
  for (const auto& defence : rules()) {
    const auto target = defence.make();
    set(*target, "f", 2);
    AttackContext context = r.context;
    context.byzantine = 2;
    context.workers = 12;
    context.rule = target.get();
    for (const auto& entry : attacks()) {
      if (defence.name == "mean" && (entry.name == "nan" || entry.name == "infinity" || entry.name == "bit_flip")) continue;
      Matrix all = r.matrix;
      for (context.worker = 10; context.worker < 12; ++context.worker) all.values.push_back(forge(*entry.make(), context));
      for (const float value : aggregate(*target, all)) ASSERT_TRUE(std::isfinite(value)) << defence.name << ", " << entry.name;
    }
  }
}

TEST(Alie, HurtsKrumMoreThanMixingAndTrimming) {
  // Honest updates of one distribution, four of twenty attackers: Krum may choose the forgery, which lies within all deviations.
  double krum_away = 0, mixed_away = 0;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const Matrix honest = coarse({.n = 16, .d = 300}, seed);
    const auto rows = honest.rows();
    const auto mean = aggregate(*rule("mean"), honest);
    Matrix all = honest;
    all.values.insert(all.values.end(), 4, forge(Alie(), {.honest = rows, .own = rows[0], .byzantine = 4, .workers = 20}));
    const auto krum = rule("krum"), mixed = rule("nnm");
    set(*krum, "f", 4);
    set(*mixed, "f", 4);
    choose(*mixed, "rule", "trimmed_mean");
    krum_away += distance(aggregate(*krum, all), mean);
    mixed_away += distance(aggregate(*mixed, all), mean);
  }
  EXPECT_GT(krum_away, 1.5 * mixed_away);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
