// Adaptive robust clipping: the longest rows are shortened to the longest of the others.
#pragma once

#include "aggregation/pre_aggregation.h"

namespace windtunnel::aggregation {

/// k = ⌊2 (f/n) (n − f)⌋ rows of the largest norms are clipped to the norm of the (k+1)-th largest: y_i = x_i · min(1, C/‖x_i‖).
/// n ≥ 2f + 1 and what the rule on the y needs.
/// Reference: Allouah, Guerraoui, Gupta, Jellouli, Rizk, Stephan: Adaptive gradient clipping for robust federated learning,
/// ICLR 2025 (arXiv 2405.14432).
class Arc final : public PreAggregation {
 public:
  std::int64_t f = 1;  ///< Byzantine rows to withstand, ≥ 0

 protected:
  void describe_step(Fields& fields) override;
  std::string label_of_step() const override;
  Mixture mix(const Updates& updates) const override;
  Step step(double n) const override;
  std::int64_t least_for(std::int64_t rows, std::int64_t left_out) const override;
};

}  // namespace windtunnel::aggregation
