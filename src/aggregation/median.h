// The median of each coordinate.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = median of rows[0][j], …, rows[n−1][j]: the middle value, or for even n the mean of the two middle values
/// (taken in double). Withstands fewer than n/2 Byzantine rows: the result then lies within the range of the honest values
/// of each coordinate. n ≥ 1.
/// Reference: Yin, Chen, Ramchandran, Bartlett: Byzantine-robust distributed learning: towards optimal statistical
/// rates, ICML 2018, definition 1.
class Median final : public Rule {
 public:
  std::string label() const override { return "median"; }
  Traits traits() const override { return {.reach = Reach::coordinate}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
