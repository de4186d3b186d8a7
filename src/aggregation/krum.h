// The one row that lies closest to its neighbours.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out = rows[i*], i* = argmin_i Σ of the n−f−2 smallest ‖rows[i] − rows[j]‖², j ≠ i; of equal scores the lowest index
/// wins. Differences, squares and sums are taken in double in a fixed order: no float is large or small enough to
/// overflow or vanish. Withstands f Byzantine rows. A row with a NaN or an infinity is infinitely far from every other and
/// is not chosen while n−f rows are finite; if every score is infinite, row 0 is the result. n ≥ 2f + 3.
/// Reference: Blanchard, El Mhamdi, Guerraoui, Stainer: Machine learning with adversaries: Byzantine tolerant gradient
/// descent, NIPS 2017, section 4.
class Krum final : public Rule {
 public:
  std::int64_t f = 1;  ///< Byzantine rows to withstand, ≥ 0

  void describe(Fields& fields) override;
  std::string label() const override;
  std::int64_t minimum_rows() const override { return 2 * f + 3; }

  /// i*, the index of the chosen row. `rows` as for `aggregate`.
  std::size_t choose(Rows rows) const;

 protected:
  void combine(Rows rows, std::span<float> out) const override;
  Work work_per_value(double n) const override;
};

}  // namespace windtunnel::aggregation
