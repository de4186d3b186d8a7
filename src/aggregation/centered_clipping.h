// A step from the last aggregate towards each row, none longer than a radius.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// z ← z + (1/n) Σ_i (rows[i] − z) · min(1, radius / ‖rows[i] − z‖), `iterations` times from the previous aggregate, or from
/// zero where there is none: no row moves z by more than radius/n. n ≥ 1.
/// Reference: Karimireddy, He, Jaggi: Learning from history for Byzantine robust optimization, ICML 2021.
class CenteredClipping final : public Rule {
 public:
  double radius = 10;           ///< > 0
  std::int64_t iterations = 1;  ///< ≥ 1

  void describe(Fields& fields) override;
  std::string label() const override;
  Traits traits() const override { return {.wants = {.previous = true}}; }
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
