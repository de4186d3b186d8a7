// Rows that add up what has one key, in the order in which the keys came. Rows that nobody adds to any more can be closed: their
// keys are forgotten, and what comes later under one of them is a new row, whether the closed rows are kept or not.
#pragma once

#include <cstdint>
#include <vector>

#include "models/row_index.h"

namespace windtunnel::models {

template <class Row>
class KeyedRows {
 public:
  /// The open row with this hash for which `is_key(row)` holds, or `fresh`, which is appended.
  template <class IsKey>
  Row& at(std::uint64_t hash, IsKey is_key, const Row& fresh) {
    const auto next = static_cast<std::uint32_t>(rows_.size());
    const std::uint32_t row = index_.find_or_add(hash, next, [&](std::uint32_t i) { return is_key(rows_[i]); });
    if (row == next) rows_.push_back(fresh);
    return rows_[row];
  }
  const std::vector<Row>& rows() const { return rows_; }

  /// Closes the rows that were there when this was called last.
  void close() {
    index_.forget_before(there_, 0);
    there_ = static_cast<std::uint32_t>(rows_.size());
  }
  /// The same, and hands them over, first to last, instead of keeping them.
  template <class Take>
  void close_into(Take take) {
    for (std::uint32_t i = 0; i < there_; ++i) take(rows_[i]);
    rows_.erase(rows_.begin(), rows_.begin() + there_);
    index_.forget_before(there_, there_);
    there_ = static_cast<std::uint32_t>(rows_.size());
  }

 private:
  std::vector<Row> rows_;
  RowIndex index_;
  std::uint32_t there_ = 0;
};

}  // namespace windtunnel::models
