// A mean of rows that come one after another and need not be kept: one vector of sums, however many rows.
// Promise: with equal weights the result is that of the rule `mean` for the same rows in the same order, bit for bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "aggregation/rows.h"

namespace windtunnel::aggregation {

class RunningMean {
 public:
  /// Of rows of d values, d ≥ 0.
  explicit RunningMean(std::size_t d) : sums_(d, 0.0) {}

  /// Adds `weight` times the row. Whole weights below 2^29, such as numbers of samples, bring in no rounding of their
  /// own. Precondition: the row has d values; weight > 0 and finite (checked).
  void add(Row row, double weight = 1);
  /// out[j] = Σ weight · row[j] / Σ weight, summed in double in the order of the calls and rounded once. Precondition:
  /// a row was added, out has d values (checked).
  void write(std::span<float> out) const;

  std::int64_t rows() const { return rows_; }

 private:
  std::vector<double> sums_;
  double weights_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace windtunnel::aggregation
