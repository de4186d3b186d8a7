// The mean around the median of each coordinate.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out[j] = mean of the n−f values of coordinate j nearest to their median (for even n the mean of the two middle
/// values). Of two values at the same distance on either side the smaller is kept. Distances and the sum, in ascending
/// order, are taken in double, so the result does not depend on the order of the rows. Withstands f Byzantine rows: a Byzantine
/// value is kept only where it is as near to the median as an honest one. NaN counts as +inf. n ≥ 2f + 1.
/// Reference: Xie, Koyejo, Gupta: Generalized Byzantine-tolerant SGD, 2018 (arXiv 1802.10116), "mean around median";
/// one of the rules of SPIRT (facts 1).
class Meamed final : public Rule {
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
