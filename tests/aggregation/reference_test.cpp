// The fast rules against slow ones written straight from the formulas, in long double, on random rows of many shapes
// (blocks of columns that end anywhere, even and odd n) with ordinary values, ties, NaN and infinities. The slow ones
// sort whole columns and know no blocks, networks or windows. Speed is measured in bench/, not here.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "aggregation/krum.h"
#include "aggregation/meamed.h"
#include "aggregation/trimmed_mean.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using Real = long double;
constexpr Real infinity = std::numeric_limits<Real>::infinity();

std::vector<Real> sorted_column(const Matrix& matrix, std::size_t j) {
  std::vector<Real> column;
  for (const auto& row : matrix.values) column.push_back(std::isnan(row[j]) ? infinity : Real{row[j]});
  std::sort(column.begin(), column.end());
  return column;
}

Real average(const std::vector<Real>& values) {
  Real sum = 0;
  for (Real value : values) sum += value;
  return sum / static_cast<Real>(values.size());
}

Real middle(const std::vector<Real>& sorted) {
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

Real slow_mean(const Matrix& matrix, std::size_t j) {
  Real sum = 0;
  for (const auto& row : matrix.values) sum += row[j];
  return sum / static_cast<Real>(matrix.n());
}

Real slow_trimmed_mean(const Matrix& matrix, std::size_t j, std::size_t f) {
  auto column = sorted_column(matrix, j);
  return average({column.begin() + static_cast<long>(f), column.end() - static_cast<long>(f)});
}

Real slow_meamed(const Matrix& matrix, std::size_t j, std::size_t f) {
  auto column = sorted_column(matrix, j);
  const Real center = middle(column);
  std::stable_sort(column.begin(), column.end(),
                   [&](Real a, Real b) { return std::abs(a - center) < std::abs(b - center); });
  column.resize(column.size() - f);
  return average(column);
}

std::size_t slow_krum(const Matrix& matrix, std::size_t f) {
  std::vector<Real> scores;
  for (std::size_t i = 0; i < matrix.n(); ++i) {
    std::vector<Real> others;
    for (std::size_t k = 0; k < matrix.n(); ++k) {
      if (k == i) continue;
      Real distance = 0;
      for (std::size_t j = 0; j < matrix.d(); ++j) {
        const Real difference = Real{matrix.values[i][j]} - Real{matrix.values[k][j]};
        distance += difference * difference;
      }
      others.push_back(std::isfinite(distance) ? distance : infinity);
    }
    std::sort(others.begin(), others.end());
    others.resize(matrix.n() - f - 2);
    scores.push_back(average(others));
  }
  return static_cast<std::size_t>(std::min_element(scores.begin(), scores.end()) - scores.begin());
}

// How far apart two results may be: one rounding to float.
void expect_same(float fast, Real slow, const std::string& where) {
  if (std::isnan(slow)) {
    EXPECT_TRUE(std::isnan(fast)) << where;
  } else if (std::isinf(slow)) {
    EXPECT_EQ(fast, static_cast<float>(slow)) << where;
  } else {
    EXPECT_NEAR(fast, static_cast<double>(slow), std::abs(static_cast<double>(slow)) * 1.2e-7 + 1e-12) << where;
  }
}

// The rows without NaN and infinity.
Matrix finite_part(const Matrix& matrix) {
  Matrix part;
  for (const auto& row : matrix.values) {
    if (std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); })) part.values.push_back(row);
  }
  return part;
}

void compare(const Matrix& all, std::size_t most, const std::string& where) {
  const auto mean = aggregate(*rule("mean"), all);
  const Matrix matrix = finite_part(all);
  const std::size_t f = most - std::min(most, all.n() - matrix.n());
  const auto median = aggregate(*rule("median"), all);
  for (std::size_t j = 0; j < matrix.d(); ++j) {
    expect_same(mean[j], slow_mean(all, j), where + " mean");
    expect_same(median[j], middle(sorted_column(matrix, j)), where + " median");
  }
  if (all.n() >= 2 * most + 1) {
    TrimmedMean trimmed_rule;
    Meamed meamed_rule;
    trimmed_rule.f = meamed_rule.f = static_cast<std::int64_t>(most);
    const auto trimmed = aggregate(trimmed_rule, all);
    const auto meamed = aggregate(meamed_rule, all);
    for (std::size_t j = 0; j < matrix.d(); ++j) {
      expect_same(trimmed[j], slow_trimmed_mean(matrix, j, f), where + " trimmed_mean");
      expect_same(meamed[j], slow_meamed(matrix, j, f), where + " meamed");
    }
  }
  if (all.n() >= 2 * most + 3) {
    Krum krum;
    krum.f = static_cast<std::int64_t>(most);
    EXPECT_EQ(aggregate(krum, all), matrix.values[slow_krum(matrix, f)]) << where << " krum";
  }
}

const Shape shapes[] = {{1, 7}, {2, 1}, {3, 16}, {4, 1025}, {5, 300}, {7, 63}, {8, 65}, {16, 257}, {31, 100}, {64, 130}};

std::string label(const Shape& shape, std::size_t f) {
  return std::to_string(shape.n) + " x " + std::to_string(shape.d) + ", f = " + std::to_string(f);
}

TEST(Reference, AgreesOnOrdinaryValues) {
  std::uint32_t seed = 100;
  for (const Shape& shape : shapes) {
    for (std::size_t f : {0U, 1U, 3U}) compare(fine(shape, ++seed), f, label(shape, f));
  }
}

TEST(Reference, AgreesOnTies) {
  std::uint32_t seed = 200;
  for (const Shape& shape : shapes) {
    for (std::size_t f : {0U, 1U, 3U}) compare(coarse(shape, ++seed), f, label(shape, f));
  }
}

TEST(Reference, AgreesWithNotANumberAndInfinity) {
  const float strange[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max(),
                           std::numeric_limits<float>::denorm_min()};
  std::uint32_t seed = 300;
  for (const Shape& shape : shapes) {
    for (std::size_t f : {1U, 3U}) {
      if (shape.n < 2 * f + 3) continue;
      Matrix matrix = fine(shape, ++seed);
      std::mt19937 generator(seed);
      // Up to f rows with strange values.
      for (std::size_t j = 0; j < shape.d; ++j) {
        for (std::size_t k = 0; k < f; ++k) matrix.values[generator() % f][j] = strange[generator() % 5];
      }
      std::swap(matrix.values.front(), matrix.values.back());
      compare(matrix, f, label(shape, f));
    }
  }
}

TEST(Reference, AgreesOnAThousandRows) { compare(fine({.n = 1000, .d = 20}, 400), 100, "1000 x 20"); }

TEST(Reference, IsSharpEnoughToTellRulesApart) {
  // The comparison can fail: the trimmed mean is not the mean.
  const Matrix matrix = fine({.n = 8, .d = 20}, 401);
  int different = 0;
  for (std::size_t j = 0; j < matrix.d(); ++j) {
    different += std::abs(slow_mean(matrix, j) - slow_trimmed_mean(matrix, j, 1)) > 1e-6L * std::abs(slow_mean(matrix, j));
  }
  EXPECT_EQ(different, 20);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
