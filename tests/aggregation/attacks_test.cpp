// Each attack on numbers worked by hand; for the Gaussian its moments, that it is named by seed, worker and round and
// by nothing else, and two values that must never change (results of old runs hang on them). Whether an attack succeeds
// against a rule is a matter of experiments, not of this file.
#include "aggregation/attacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/gaussian.h"
#include "aggregation/label_flip.h"
#include "aggregation/sign_flip.h"
#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using ::testing::ElementsAre;

std::vector<float> forge(const Attack& attack, const AttackContext& context) {
  std::vector<float> out(context.own.size(), -12345.0F);
  attack.forge(context, out);
  return out;
}

TEST(NoAttack, SendsTheOwnUpdate) {
  const std::vector<float> own{1, -2, 0.5F};
  const auto none = make(attacks(), "attack", "none");
  EXPECT_EQ(forge(*none, {.own = own}), own);
  EXPECT_FALSE(none->poisons_data());
  EXPECT_EQ(none->label(3, 10), 3);
}

TEST(SignFlip, TurnsTheSignAndMultiplies) {
  const std::vector<float> own{1, -2, 0.5F};
  SignFlip attack;
  EXPECT_THAT(forge(attack, {.own = own}), ElementsAre(-10, 20, -5));  // facts 1
  attack.factor = 1;
  EXPECT_THAT(forge(attack, {.own = own}), ElementsAre(-1, 2, -0.5F));
}

TEST(Attacks, MayForgeInPlace) {
  std::vector<float> own{1, -2};
  SignFlip().forge({.own = own}, own);
  EXPECT_THAT(own, ElementsAre(-10, 20));
  Attack().forge({.own = own}, own);
  EXPECT_THAT(own, ElementsAre(-10, 20));
}

TEST(Attacks, RefuseAnOutputOfAnotherLength) {
  const std::vector<float> own{1, -2};
  std::vector<float> out(3);
  for (const auto& entry : attacks()) {
    EXPECT_THROW(entry.make()->forge({.own = own}, out), BrokenInvariant) << entry.name;
  }
}

TEST(LabelFlip, IsAnAttackOnTheData) {
  const LabelFlip attack;
  const std::vector<float> own{1, -2};
  EXPECT_TRUE(attack.poisons_data());
  EXPECT_EQ(attack.label(0, 10), 9);
  EXPECT_EQ(attack.label(9, 10), 0);
  EXPECT_EQ(attack.label(2, 5), 2);
  EXPECT_EQ(forge(attack, {.own = own}), own);
}

struct Moments {
  double mean = 0, deviation = 0, beyond_two = 0;  // beyond_two: share farther than two deviations of 100 from 0
};

Moments moments(const std::vector<float>& values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (float x : values) m.mean += x / n;
  for (float x : values) m.deviation += (x - m.mean) * (x - m.mean) / n;
  for (float x : values) m.beyond_two += std::abs(x) > 200 ? 1 / n : 0;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

TEST(Gaussian, HasTheMomentsOfANormalDistribution) {
  const std::vector<float> own(1'000'000, 5.0F);
  Gaussian attack;
  // Five standard errors: 100/√n = 0.1, 100/√(2n) = 0.0707, √(p(1−p)/n) = 0.00021 with p = 0.0455.
  const Moments replaced = moments(forge(attack, {.own = own, .seed = 1}));
  EXPECT_NEAR(replaced.mean, 0, 0.5);
  EXPECT_NEAR(replaced.deviation, 100, 0.35);
  EXPECT_NEAR(replaced.beyond_two, 0.0455, 0.00105);
  attack.add = true;
  EXPECT_NEAR(moments(forge(attack, {.own = own, .seed = 1})).mean, 5, 0.5);
}

TEST(Gaussian, AddsTheSameNoiseThatItSends) {
  const std::vector<float> own(100, 5.0F);
  Gaussian attack;
  const auto noise = forge(attack, {.own = own, .seed = 7, .worker = 1, .round = 2});
  attack.add = true;
  const auto sum = forge(attack, {.own = own, .seed = 7, .worker = 1, .round = 2});
  for (std::size_t j = 0; j < own.size(); ++j) EXPECT_NEAR(sum[j], noise[j] + 5, 1e-4);
}

TEST(Gaussian, IsNamedBySeedWorkerAndRound) {
  const std::vector<float> own(64), other(64, 3.0F);
  const std::vector<Row> honest{other};
  const Gaussian attack;
  const AttackContext context{.own = own, .seed = 7, .worker = 1, .round = 2};
  const auto noise = forge(attack, context);
  EXPECT_EQ(forge(attack, context), noise);
  EXPECT_EQ(forge(attack, {.honest = honest, .own = other, .seed = 7, .worker = 1, .round = 2}), noise);
  EXPECT_NE(forge(attack, {.own = own, .seed = 8, .worker = 1, .round = 2}), noise);
  EXPECT_NE(forge(attack, {.own = own, .seed = 7, .worker = 2, .round = 2}), noise);
  EXPECT_NE(forge(attack, {.own = own, .seed = 7, .worker = 1, .round = 3}), noise);
  // A longer update starts with the same noise.
  const std::vector<float> longer(65);
  auto prefix = forge(attack, {.own = longer, .seed = 7, .worker = 1, .round = 2});
  prefix.resize(64);
  EXPECT_EQ(prefix, noise);
}

TEST(Gaussian, NeverChangesItsNumbers) {
  const std::vector<float> own(3);
  EXPECT_THAT(forge(Gaussian(), {.own = own, .seed = 1, .worker = 2, .round = 3}), ElementsAre(107.21418F, 67.0598602F, -62.3863335F));
}

TEST(Gaussian, OfNoWidthIsZero) {
  const std::vector<float> own{4, 5};
  Gaussian attack;
  attack.sigma = 0;
  EXPECT_THAT(forge(attack, {.own = own}), ElementsAre(0, 0));
  attack.add = true;
  EXPECT_EQ(forge(attack, {.own = own}), own);
}

TEST(Attacks, AreListedByName) {
  EXPECT_THAT(names_of(attacks()), ElementsAre("none", "sign_flip", "gaussian", "random", "zero", "infinity", "nan", "bit_flip", "lazy",
                                               "label_flip", "alie", "optimized_alie", "ipm", "optimized_ipm", "mimic",
                                               "min_max", "min_sum", "fang"));
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
