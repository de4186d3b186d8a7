// Checks who is Byzantine in which rounds, and that impossible settings are refused. What they send is tested with the attacks.
#include "models/adversary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace windtunnel::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Adversary, LiesFromItsFirstRoundUntilItsLast) {
  const Adversary adversary({.byzantine = {3, 1}, .from_round = 2, .until_round = 4}, 5, 7);
  EXPECT_FALSE(adversary.is_byzantine(3, 1));
  EXPECT_TRUE(adversary.is_byzantine(3, 2));
  EXPECT_TRUE(adversary.is_byzantine(1, 3));
  EXPECT_FALSE(adversary.is_byzantine(3, 4));
  EXPECT_FALSE(adversary.is_byzantine(0, 2));
  EXPECT_THAT(adversary.byzantine(2), ElementsAre(1, 3));
  EXPECT_THAT(adversary.byzantine(4), ElementsAre());
  EXPECT_EQ(adversary.count(), 2);
}

TEST(Adversary, WithoutAnEndItGoesOn) {
  const Adversary adversary({.byzantine = {0}}, 1, 7);
  EXPECT_TRUE(adversary.is_byzantine(0, 0));
  EXPECT_TRUE(adversary.is_byzantine(0, 1'000'000));
}

TEST(Adversary, NobodyIsByzantineByDefault) {
  const Adversary adversary({}, 3, 7);
  EXPECT_EQ(adversary.count(), 0);
  EXPECT_THAT(adversary.byzantine(0), ElementsAre());
  EXPECT_THROW((void)adversary.is_byzantine(3, 0), BrokenInvariant);
}

TEST(Adversary, AShareIsDrawnByTheSeed) {
  const auto who = [](double percent, std::uint64_t seed) {
    return Adversary({.byzantine = Members(Share{percent})}, 50, seed).byzantine(0);
  };
  const std::vector<std::int64_t> ten = who(20, 7), twenty = who(40, 7);
  EXPECT_EQ(ten.size(), 10U);
  EXPECT_EQ(who(20, 7), ten);
  EXPECT_NE(who(20, 8), ten);
  EXPECT_EQ(twenty.size(), 20U);
  for (const std::int64_t worker : ten) EXPECT_THAT(twenty, testing::Contains(worker));
  EXPECT_EQ(who(100, 7).size(), 50U);
  EXPECT_EQ(who(0, 7).size(), 0U);
  EXPECT_EQ(who(3, 7).size(), 2U);  // 1.5, to the nearest
  std::vector<int> times(50);  // everybody is drawn about as often: 100 of 1,000 expected, deviation 9
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    for (const std::int64_t worker : who(10, seed)) ++times[static_cast<std::size_t>(worker)];
  }
  for (const int n : times) EXPECT_NEAR(n, 100, 45);
}

TEST(Adversary, AShareOfNobodyIsRefused) {
  EXPECT_THAT((AdversaryConfig{.byzantine = Members(Share{10})}.problems(4)),
              ElementsAre("byzantine: 10 % of 4 workers is nobody; allowed: 0 %, or 12.5 % and above"));
  EXPECT_THAT((AdversaryConfig{.byzantine = Members(Share{12.5})}.problems(4)), ElementsAre());
  EXPECT_THAT((AdversaryConfig{.byzantine = Members(Share{0})}.problems(4)), ElementsAre());
}

TEST(Adversary, AllProblemsAreNamed) {
  const AdversaryConfig config{.byzantine = {0, 4, 0, -1}, .from_round = 3, .until_round = 3};
  EXPECT_THAT(config.problems(4),
              ElementsAre(HasSubstr("byzantine[1]: there is no worker 4; allowed: 0 to 3"), HasSubstr("byzantine[2]: worker 0 is named twice"),
                          HasSubstr("byzantine[3]: there is no worker -1"), HasSubstr("until_round: 3")));
  EXPECT_THROW(Adversary(config, 4, 7), InputError);
}

}  // namespace
}  // namespace windtunnel::models
