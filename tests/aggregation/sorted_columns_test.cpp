// The sorting network behind median, trimmed mean and MeaMed: that it selects every rank for every n up to 16, by the
// 0-1 principle (a network that sorts all columns of zeros and ones sorts everything), that blocks cover all columns,
// and what becomes of NaN.
#include "aggregation/sorted_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

// Column b holds the bits of b.
Matrix all_zeros_and_ones(std::size_t n) {
  Matrix matrix{std::vector(n, std::vector<float>(std::size_t{1} << n))};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t b = 0; b < matrix.d(); ++b) matrix.values[i][b] = static_cast<float>(b >> i & 1);
  }
  return matrix;
}

// Number of columns in which some wanted rank is not what it should be.
int wrong(const Matrix& matrix, Ranks wanted, Ranks examined) {
  const auto rows = matrix.rows();
  SortedColumns columns(rows, wanted);
  int count = 0;
  std::size_t covered = 0;
  while (columns.next()) {
    EXPECT_EQ(columns.column(), covered);
    covered += columns.width();
    for (std::size_t j = 0; j < columns.width(); ++j) {
      std::vector<float> column;
      for (const auto& row : matrix.values) column.push_back(row[columns.column() + j]);
      std::sort(column.begin(), column.end());
      bool good = true;
      for (std::size_t k = examined.first; k < examined.last; ++k) good = good && columns.rank(k)[j] == column[k];
      count += good ? 0 : 1;
    }
  }
  EXPECT_EQ(covered, matrix.d());
  return count;
}

TEST(SortedColumns, SortsWhateverN) {
  for (std::size_t n = 1; n <= 16; ++n) {
    EXPECT_EQ(wrong(all_zeros_and_ones(n), {0, n}, {0, n}), 0) << n;
  }
}

TEST(SortedColumns, SelectsAnyRanges) {
  for (std::size_t n = 1; n <= 10; ++n) {
    const Matrix matrix = all_zeros_and_ones(n);
    for (std::size_t first = 0; first < n; ++first) {
      for (std::size_t last = first + 1; last <= n; ++last) {
        EXPECT_EQ(wrong(matrix, {first, last}, {first, last}), 0) << n << ": " << first << " " << last;
      }
    }
  }
}

TEST(SortedColumns, LeavesOutWhatNoWantedRankNeeds) {
  // The checker can fail: a network for the median of nine does not sort the rest.
  EXPECT_GT(wrong(all_zeros_and_ones(9), {4, 5}, {0, 9}), 0);
}

TEST(SortedColumns, CoversColumnsInBlocksOfAnyWidth) {
  for (std::size_t d : {1U, 15U, 16U, 17U, 255U, 256U, 257U, 1000U}) {
    EXPECT_EQ(wrong(fine({.n = 5, .d = d}, 1), {0, 5}, {0, 5}), 0) << d;
    EXPECT_EQ(wrong(fine({.n = 300, .d = d}, 1), {100, 102}, {100, 102}), 0) << d;
  }
}

TEST(SortedColumns, CountsNotANumberAsPlusInfinity) {
  const Matrix matrix{{{std::numeric_limits<float>::quiet_NaN()}, {1}, {-std::numeric_limits<float>::infinity()}}};
  const auto rows = matrix.rows();
  SortedColumns columns(rows, {0, 3});
  ASSERT_TRUE(columns.next());
  EXPECT_EQ(columns.rank(0)[0], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(columns.rank(1)[0], 1);
  EXPECT_EQ(columns.rank(2)[0], std::numeric_limits<float>::infinity());
  EXPECT_FALSE(columns.next());
}

TEST(SortedColumns, RefusesRanksThatDoNotExist) {
  const Matrix matrix{{{1}, {2}}};
  const auto rows = matrix.rows();
  EXPECT_THROW(SortedColumns(rows, {0, 3}), BrokenInvariant);
  EXPECT_THROW(SortedColumns(rows, {1, 1}), BrokenInvariant);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
