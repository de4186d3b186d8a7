// The mean of the rows that are numbers.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = mean of the rows[i][j] over the rows without NaN and infinity, to the bit that of the rule `mean` for them. It
/// withstands rows that are not numbers and no others: the baseline that shows what a robust rule adds to that. n ≥ 1.
/// Source: none; IEEE 754's missing values left out.
class NanSafeMean final : public Rule {
 public:
  std::string label() const override { return "nan_safe_mean"; }
  Traits traits() const override { return {.reach = Reach::running}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
