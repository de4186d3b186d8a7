// The mean of each coordinate without its f smallest and f largest values.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = (1/(n−2f)) Σ of the values of coordinate j whose rank is in [f, n−f). The sum is taken in double in
/// ascending order, so the result does not depend on the order of the rows. Withstands f Byzantine rows: the result then
/// lies within the range of the honest values of each coordinate. NaN counts as +inf. n ≥ 2f + 1.
/// Reference: Yin, Chen, Ramchandran, Bartlett: Byzantine-robust distributed learning: towards optimal statistical
/// rates, ICML 2018, definition 2 (β = f/n).
class TrimmedMean final : public Rule {
 public:
  std::int64_t f = 1;  ///< Byzantine rows to withstand, ≥ 0

  void describe(Fields& fields) override;
  std::string label() const override;
  Reach reach() const override { return Reach::coordinate; }
  std::int64_t minimum_rows() const override { return 2 * f + 1; }

 protected:
  void combine(Rows rows, std::span<float> out) const override;
  Work work_per_value(double n) const override;
};

}  // namespace windtunnel::aggregation
