// What holds for every rule of the list on any input: the order of the rows is of no matter, a shift of all rows shifts
// the result, equal rows give that row, and a robust rule stays within the honest values whatever f rows hold. Shown on
// random rows with exact arithmetic (coarse) where the property is exact. That the results are the right ones is the
// matter of rules_test.cpp and reference_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

class EveryRule : public ::testing::TestWithParam<std::string_view> {};

TEST_P(EveryRule, GivesTheRowOfEqualRows) {
  const auto subject = rule(GetParam());
  for (std::size_t n = 5; n <= 13; ++n) {
    Matrix matrix = fine({.n = 1, .d = 300}, static_cast<std::uint32_t>(n));
    matrix.values.resize(n, matrix.values[0]);
    EXPECT_EQ(aggregate(*subject, matrix), matrix.values[0]);
  }
}

TEST_P(EveryRule, DoesNotDependOnTheOrderOfTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    // Krum breaks ties by index, so its rows must not tie: fine values. The mean is exact on coarse ones.
    Matrix matrix = GetParam() == "mean" ? coarse({.n = 9, .d = 40}, seed) : fine({.n = 9, .d = 40}, seed);
    const auto before = aggregate(*subject, matrix);
    std::shuffle(matrix.values.begin(), matrix.values.end(), std::mt19937(seed));
    EXPECT_EQ(aggregate(*subject, matrix), before);
  }
}

TEST_P(EveryRule, MovesWithTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    // n and n − f are powers of two or the kept sum is a multiple of 1/8 divided exactly; compare with a tolerance.
    Matrix matrix = coarse({.n = 7, .d = 33}, seed);
    const auto before = aggregate(*subject, matrix);
    for (auto& row : matrix.values) {
      for (std::size_t j = 0; j < row.size(); ++j) row[j] += static_cast<float>(j);
    }
    const auto after = aggregate(*subject, matrix);
    for (std::size_t j = 0; j < before.size(); ++j) EXPECT_NEAR(after[j], before[j] + static_cast<float>(j), 1e-5);
  }
}

TEST_P(EveryRule, ScalesWithTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Matrix matrix = fine({.n = 7, .d = 33}, seed);
    auto expected = aggregate(*subject, matrix);
    for (float& value : expected) value *= 4;  // a power of two: exact in every rule
    for (auto& row : matrix.values) {
      for (float& value : row) value *= 4;
    }
    EXPECT_EQ(aggregate(*subject, matrix), expected);
  }
}

TEST_P(EveryRule, CanBeComputedInPiecesWhenItSaysSo) {
  const auto subject = rule(GetParam());
  const Matrix matrix = fine({.n = 9, .d = 64}, 3);
  std::vector<float> pieces;
  for (std::size_t at = 0; at < 64; at += 16) {
    Matrix piece = matrix;
    for (std::vector<float>& row : piece.values) {
      const auto from = row.begin() + static_cast<std::ptrdiff_t>(at);
      row = std::vector<float>(from, from + 16);
    }
    const std::vector<float> part = aggregate(*subject, piece);
    pieces.insert(pieces.end(), part.begin(), part.end());
  }
  EXPECT_EQ(pieces == aggregate(*subject, matrix), subject->reach() != Reach::rows);
}

TEST_P(EveryRule, RepeatsItself) {
  const Matrix matrix = fine({.n = 11, .d = 1000}, 5);
  EXPECT_EQ(aggregate(*rule(GetParam()), matrix), aggregate(*rule(GetParam()), matrix));
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, ::testing::ValuesIn(names_of(rules())),
                         [](const auto& each) { return std::string(each.param); });

// Number of coordinates of `out` outside of the range of the first `honest` rows.
int outside(const std::vector<float>& out, const Matrix& matrix, std::size_t honest) {
  int count = 0;
  for (std::size_t j = 0; j < out.size(); ++j) {
    float low = matrix.values[0][j], high = low;
    for (std::size_t i = 1; i < honest; ++i) {
      low = std::min(low, matrix.values[i][j]);
      high = std::max(high, matrix.values[i][j]);
    }
    if (!(out[j] >= low && out[j] <= high)) ++count;
  }
  return count;
}

constexpr float wild[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 1e30F, -1e30F};

class RobustRule : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RobustRule, StaysWithinTheHonestValues) {
  const auto subject = rule(GetParam());
  for (float value : wild) {
    for (std::size_t honest : {4U, 5U, 8U, 63U}) {
      Matrix matrix = coarse({.n = honest + 1, .d = 50}, static_cast<std::uint32_t>(honest));
      std::fill(matrix.values.back().begin(), matrix.values.back().end(), value);
      EXPECT_EQ(outside(aggregate(*subject, matrix), matrix, honest), 0) << value << " among " << honest;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, RobustRule, ::testing::Values("median", "trimmed_mean", "krum", "meamed"),
                         [](const auto& each) { return std::string(each.param); });

TEST(HonestRange, IsLeftByTheMean) {
  // The checker above can fail: one wild value moves every coordinate of the mean out of the range.
  for (float value : wild) {
    Matrix matrix = coarse({.n = 9, .d = 50}, 8);
    std::fill(matrix.values.back().begin(), matrix.values.back().end(), value);
    EXPECT_EQ(outside(aggregate(*rule("mean"), matrix), matrix, 8), 50) << value;
  }
}

TEST(HonestRange, IsLeftByARobustRuleWithTooManyByzantineRows) {
  Matrix matrix = coarse({.n = 5, .d = 50}, 8);
  for (std::size_t i : {3U, 4U}) std::fill(matrix.values[i].begin(), matrix.values[i].end(), 1e30F);
  EXPECT_EQ(outside(aggregate(*rule("trimmed_mean"), matrix), matrix, 3), 50);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
