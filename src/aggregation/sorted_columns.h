// Order statistics of every column of n × d rows, a block of columns at a time: what median, trimmed mean and MeaMed
// are made of. A sorting network runs the same compare-and-exchange steps on all columns of a block, without a branch,
// so it is vectorised; steps that no wanted rank depends on are left out, which makes it a selection.
//
// The promise: rank k of a column is its k-th smallest value, whatever the order of the rows, with NaN counted as +inf
// and -0 equal to +0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// Ranks first, first + 1, …, last − 1, counted from 0 for the smallest value.
struct Ranks {
  std::size_t first = 0, last = 0;
};

class SortedColumns {
 public:
  /// For `rows` (not empty, equal lengths) and the wanted `ranks`, first < last ≤ n.
  SortedColumns(Rows rows, Ranks ranks);

  /// Loads and sorts the next block of columns; false when there is none left.
  bool next();
  /// Compare-and-exchange steps that sort n rows completely: about n (log2 n)² / 4. An integer below 2^53 in a double,
  /// as work is counted; takes O((log n)²).
  static double steps(double n);
  /// Steps that are done per column here, where only some ranks are wanted.
  std::size_t steps() const { return network_.size(); }
  /// The columns of the present block are column() … column() + width() − 1.
  std::size_t column() const { return column_; }
  std::size_t width() const { return width_; }
  /// The value of wanted rank `k` in each of the columns of the block.
  std::span<const float> rank(std::size_t k) const { return {values_.data() + k * stride_, width_}; }

 private:
  struct Exchange {
    std::uint32_t low, high;  ///< afterwards row `low` holds the smaller value
  };
  static std::vector<Exchange> network(std::size_t n, Ranks ranks);

  Rows rows_;
  std::vector<Exchange> network_;
  std::size_t stride_;
  std::vector<float> values_;  // n rows of stride_ columns
  std::size_t column_ = 0, width_ = 0;
};

}  // namespace windtunnel::aggregation
