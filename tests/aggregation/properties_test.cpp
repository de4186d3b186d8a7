// What holds for every rule of the list on any input: the order of the rows is of no matter, a shift of all rows shifts
// the result, equal rows give that row, and a robust rule stays within the honest values whatever f rows hold. Shown on
// random rows with exact arithmetic (coarse) where the property is exact. That the results are the right ones is the
// matter of rules_test.cpp and reference_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

// What does not hold for which rules, and why.
bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}
/// Knows a length that does not grow with the rows.
bool has_a_scale(std::string_view name) { return one_of(name, {"clip", "norm_clipping", "centered_clipping", "zeno"}); }
/// Looks at lengths or directions from zero.
bool has_an_origin(std::string_view name) {
  return has_a_scale(name) || one_of(name, {"arc", "cge", "sign_guard", "fltrust"});
}
/// Combines rows that others are mixed with by their place.
bool has_an_order(std::string_view name) { return name == "bucketing"; }
/// Has ties to break however different the rows are: of two rows each is the other's nearest, several sets have the same
/// diameter, points come to rest at one center.
bool has_ties(std::string_view name) { return one_of(name, {"bulyan", "mda", "sign_guard"}); }

// Large enough for the default settings of every rule.
constexpr std::size_t least = 9;

/// The rules of the list for which a property holds.
template <class Holds>
std::vector<std::string_view> rules_where(Holds holds) {
  std::vector<std::string_view> names;
  for (const std::string_view name : names_of(rules())) {
    if (holds(name)) names.push_back(name);
  }
  return names;
}

class EveryRule : public ::testing::TestWithParam<std::string_view> {};
class RuleThatShortensNothing : public EveryRule {};
class RuleWithoutOrder : public EveryRule {};
class RuleWithoutOrigin : public EveryRule {};
class RuleWithoutScale : public EveryRule {};

TEST_P(RuleThatShortensNothing, GivesTheRowOfEqualRows) {
  const auto subject = rule(GetParam());
  for (std::size_t n = least; n <= 13; ++n) {
    Matrix matrix = fine({.n = 1, .d = 300}, static_cast<std::uint32_t>(n));
    matrix.values.resize(n, matrix.values[0]);
    EXPECT_EQ(aggregate(*subject, matrix), matrix.values[0]);
  }
}

TEST_P(RuleWithoutOrder, DoesNotDependOnTheOrderOfTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    // Rules that choose rows break ties by index, so rows must not tie: fine values. Sums are then not exact.
    Matrix matrix = fine({.n = least, .d = 40}, seed);
    const auto before = aggregate(*subject, matrix);
    std::shuffle(matrix.values.begin() + 1, matrix.values.end(), std::mt19937(seed));  // the first one is the own row
    const auto after = aggregate(*subject, matrix);
    if (one_of(GetParam(), {"median", "trimmed_mean", "krum", "meamed"})) {
      EXPECT_EQ(after, before) << "nothing is summed in the order of the rows";
    }
    for (std::size_t j = 0; j < before.size(); ++j) EXPECT_NEAR(after[j], before[j], 1e-6 * std::abs(before[j]) + 1e-9);
  }
}

TEST_P(RuleWithoutOrigin, MovesWithTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Matrix matrix = coarse({.n = least, .d = 33}, seed);
    const auto before = aggregate(*subject, matrix);
    for (auto& row : matrix.values) {
      for (std::size_t j = 0; j < row.size(); ++j) row[j] += static_cast<float>(j);
    }
    const auto after = aggregate(*subject, matrix);
    for (std::size_t j = 0; j < before.size(); ++j) EXPECT_NEAR(after[j], before[j] + static_cast<float>(j), 1e-5);
  }
}

TEST_P(RuleWithoutScale, ScalesWithTheRows) {
  const auto subject = rule(GetParam());
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Matrix matrix = fine({.n = least, .d = 33}, seed);
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

std::string by_name(const ::testing::TestParamInfo<std::string_view>& each) { return std::string(each.param); }

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, ::testing::ValuesIn(names_of(rules())), by_name);
INSTANTIATE_TEST_SUITE_P(Rules, RuleThatShortensNothing, ::testing::ValuesIn(rules_where([](std::string_view name) {
                           return !one_of(name, {"clip", "norm_clipping", "centered_clipping"});
                         })),
                         by_name);
INSTANTIATE_TEST_SUITE_P(Rules, RuleWithoutOrder, ::testing::ValuesIn(rules_where([](std::string_view name) {
                           return !has_an_order(name) && !has_ties(name);
                         })),
                         by_name);
INSTANTIATE_TEST_SUITE_P(Rules, RuleWithoutOrigin, ::testing::ValuesIn(rules_where([](std::string_view name) {
                           return !has_an_origin(name) && !has_an_order(name);  // the order is drawn from the rows
                         })),
                         by_name);
INSTANTIATE_TEST_SUITE_P(Rules, RuleWithoutScale, ::testing::ValuesIn(rules_where([](std::string_view name) {
                           return !has_a_scale(name) && !has_an_order(name);
                         })),
                         by_name);

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

class RobustByCoordinate : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RobustByCoordinate, StaysWithinTheHonestValues) {
  const auto subject = rule(GetParam());
  for (float value : wild) {
    for (std::size_t honest : {4U, 5U, 8U, 63U}) {
      Matrix matrix = coarse({.n = honest + 1, .d = 50}, static_cast<std::uint32_t>(honest));
      std::fill(matrix.values.back().begin(), matrix.values.back().end(), value);
      EXPECT_EQ(outside(aggregate(*subject, matrix), matrix, honest), 0) << value << " among " << honest;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, RobustByCoordinate, ::testing::Values("median", "trimmed_mean", "krum", "meamed"),
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

// Rules that withstand f rows, whatever these hold; pre-aggregations with a rule behind them that does.
std::shared_ptr<Rule> robust(std::string_view name) {
  const auto subject = rule(name);
  if (one_of(name, {"clip", "arc", "nnm", "bucketing"})) choose(*subject, "rule", "trimmed_mean");
  return subject;
}
bool is_no_defence(std::string_view name) { return one_of(name, {"mean", "nan_safe_mean"}); }

class BoundedInfluence : public ::testing::TestWithParam<std::string_view> {};

TEST_P(BoundedInfluence, OfOneRow) {
  const auto subject = robust(GetParam());
  const Matrix honest = coarse({.n = 12, .d = 40}, 21);
  const auto distance = [](const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += (double{a[j]} - double{b[j]}) * (double{a[j]} - double{b[j]});
    return std::sqrt(sum);
  };
  double diameter = 0;
  for (const auto& a : honest.values) {
    for (const auto& b : honest.values) diameter = std::max(diameter, distance(a, b));
  }
  const std::vector<float> middle = aggregate(*rule("mean"), honest);
  double worst = 0;
  for (const float value : {wild[0], wild[1], wild[2], 1e30F, -1e30F, 1e4F, 100.0F, 5.0F}) {
    for (const std::size_t at : {std::size_t{6}, honest.n()}) {  // the first row is honest: it may be the own one
      Matrix matrix = honest;
      matrix.values.insert(matrix.values.begin() + static_cast<std::ptrdiff_t>(at), std::vector<float>(honest.d(), value));
      const double away = distance(aggregate(*subject, matrix), middle);
      worst = std::isfinite(away) ? std::max(worst, away) : HUGE_VAL;
    }
  }
  EXPECT_EQ(worst > diameter, is_no_defence(GetParam())) << worst << " from the mean; rows are at most " << diameter << " apart";
}

INSTANTIATE_TEST_SUITE_P(Rules, BoundedInfluence, ::testing::ValuesIn(names_of(rules())),
                         [](const auto& each) { return std::string(each.param); });

TEST(NoByzantineRows, TheResultIsTheMean) {
  const Matrix matrix = fine({.n = 11, .d = 300}, 31);
  const auto mean = aggregate(*rule("mean"), matrix);
  for (const std::string_view name : {"trimmed_mean", "meamed", "multi_krum", "bulyan", "mda", "smea", "caf", "dnc", "cge",
                                      "monna", "zeno", "nnm", "arc", "nan_safe_mean"}) {
    const auto subject = rule(name);
    set(*subject, "f", 0);
    const auto out = aggregate(*subject, matrix);
    for (std::size_t j = 0; j < mean.size(); ++j) ASSERT_NEAR(out[j], mean[j], 2e-7 * std::abs(mean[j]) + 1e-9) << name;
  }
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
