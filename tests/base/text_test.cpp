// Near words and lists of words.
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace windtunnel {
namespace {

constexpr std::array<std::string_view, 5> rules{"mean", "median", "trimmed_mean", "krum", "meamed"};

TEST(Text, Join) {
  EXPECT_EQ(join(rules), "mean, median, trimmed_mean, krum, meamed");
  EXPECT_EQ(join(std::span(rules).first(2), " or "), "mean or median");
  EXPECT_EQ(join({}), "");
}

TEST(Text, NearestFindsSlips) {
  EXPECT_EQ(nearest("trimed_mean", rules), "trimmed_mean");  // a letter left out
  EXPECT_EQ(nearest("kurm", rules), "krum");                 // two swapped count one
  EXPECT_EQ(nearest("meen", rules), "mean");                 // replaced
  EXPECT_EQ(nearest("medians", rules), "median");            // added
  EXPECT_EQ(nearest("mean", rules), "mean");
}

TEST(Text, NearestFindsNothingFarAway) {
  EXPECT_EQ(nearest("bulyan", rules), "");
  EXPECT_EQ(nearest("", rules), "");
  EXPECT_EQ(nearest("mean", {}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), rules), "") << "a long word is compared in part only";
}

TEST(Text, TheFirstOfEquallyNearWordsWins) {
  constexpr std::array<std::string_view, 2> pair{"cat", "bat"};
  EXPECT_EQ(nearest("rat", pair), "cat");
}

TEST(Text, UnknownWord) {
  EXPECT_EQ(unknown_word("rule", "krun", rules), "unknown rule \"krun\"; did you mean \"krum\"? known: mean, median, trimmed_mean, krum, meamed");
  EXPECT_EQ(unknown_word("rule", "x", rules), "unknown rule \"x\"; known: mean, median, trimmed_mean, krum, meamed");
}

}  // namespace
}  // namespace windtunnel
