// The median of each coordinate.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = median of rows[0][j], …, rows[n−1][j]: the middle value, or for even n the mean of the two middle values
/// (taken in double). Withstands fewer than n/2 Byzantine rows: the result then lies within the range of the honest values
/// of each coordinate. NaN counts as +inf. n ≥ 1.
/// Reference: Yin, Chen, Ramchandran, Bartlett: Byzantine-robust distributed learning: towards optimal statistical
/// rates, ICML 2018, definition 1.
class Median final : public Rule {
 public:
  std::string label() const override { return "median"; }
  Reach reach() const override { return Reach::coordinate; }

 protected:
  void combine(Rows rows, std::span<float> out) const override;
  Work work_per_value(double n) const override;
};

}  // namespace windtunnel::aggregation
