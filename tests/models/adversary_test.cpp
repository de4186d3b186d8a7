// Checks who lies in which rounds, and that impossible settings are refused. How they lie is tested with the attacks.
#include "models/adversary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace windtunnel::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Adversary, LiesFromItsFirstRoundUntilItsLast) {
  const Adversary adversary({.byzantine = {3, 1}, .from_round = 2, .until_round = 4}, 5);
  EXPECT_FALSE(adversary.lies(3, 1));
  EXPECT_TRUE(adversary.lies(3, 2));
  EXPECT_TRUE(adversary.lies(1, 3));
  EXPECT_FALSE(adversary.lies(3, 4));
  EXPECT_FALSE(adversary.lies(0, 2));
  EXPECT_THAT(adversary.liars(2), ElementsAre(1, 3));
  EXPECT_THAT(adversary.liars(4), ElementsAre());
  EXPECT_EQ(adversary.count(), 2);
}

TEST(Adversary, WithoutAnEndItGoesOn) {
  const Adversary adversary({.byzantine = {0}}, 1);
  EXPECT_TRUE(adversary.lies(0, 0));
  EXPECT_TRUE(adversary.lies(0, 1'000'000));
}

TEST(Adversary, NobodyIsByzantineByDefault) {
  const Adversary adversary({}, 3);
  EXPECT_EQ(adversary.count(), 0);
  EXPECT_THAT(adversary.liars(0), ElementsAre());
  EXPECT_THROW((void)adversary.lies(3, 0), BrokenInvariant);
}

TEST(Adversary, AllProblemsAreNamed) {
  const AdversaryConfig config{.byzantine = {0, 4, 0, -1}, .from_round = 3, .until_round = 3};
  EXPECT_THAT(config.problems(4),
              ElementsAre(HasSubstr("byzantine[1]: there is no worker 4; allowed: 0 to 3"), HasSubstr("byzantine[2]: worker 0 is named twice"),
                          HasSubstr("byzantine[3]: there is no worker -1"), HasSubstr("until_round: 3")));
  EXPECT_THROW(Adversary(config, 4), InputError);
}

}  // namespace
}  // namespace windtunnel::models
