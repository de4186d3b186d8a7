// The mean of rows that are shortened to a norm.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out = (1/n) Σ_i rows[i] · min(1, norm / ‖rows[i]‖). Bounds what any row can do, and keeps its direction. n ≥ 1.
/// Reference: Sun, Kairouz, Suresh, McMahan: Can you really backdoor federated learning?, 2019 (arXiv 1911.07963).
class NormClipping final : public Rule {
 public:
  double norm = 1;  ///< > 0

  void describe(Fields& fields) override;
  std::string label() const override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
