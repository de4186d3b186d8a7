// The arithmetic mean, the baseline that no robust rule is: one row can move it anywhere.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = (1/n) Σ_i rows[i][j]. The sum is taken in double, rows in order, divided by n and rounded to float once, so
/// the mean of n equal rows is that row exactly. Breaks down with a single Byzantine row; NaN and infinity propagate as in
/// IEEE arithmetic. n ≥ 1.
class Mean final : public Rule {
 public:
  std::string label() const override { return "mean"; }
  Traits traits() const override {
    return {.reach = Reach::running, .takes_weighted_rows = true, .leaves_out = false};
  }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
