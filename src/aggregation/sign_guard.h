// The rows of ordinary length whose signs are distributed like most others'.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// Rows are trusted whose norm lies within [lower, upper] · M, M the median norm, and whose shares of positive, zero and
/// negative values fall into the largest cluster (mean shift with a flat kernel, its bandwidth the mean distance to the
/// ⌊n/2⌋-th nearest row, itself counted). out = mean of the trusted rows, each shortened to at most M; if none is left, of those
/// with a trusted norm. The shares are of all coordinates, where the paper draws a tenth. Assumes that more than half of the
/// rows are honest, and needs no f. n ≥ 1.
/// Reference: Xu, Huang, Song, Lan: Byzantine-robust federated learning through collaborative malicious gradient filtering,
/// ICDCS 2022 (arXiv 2109.05872).
class SignGuard final : public Rule {
 public:
  double lower = 0.1;  ///< of the median norm, ≥ 0
  double upper = 3;    ///< of the median norm, ≥ 1

  void describe(Fields& fields) override;
  std::string label() const override { return "sign_guard"; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
