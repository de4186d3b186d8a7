// Nearest-neighbour mixing: each row becomes the mean of its neighbourhood, which a lone outlier does not survive.
#pragma once

#include "aggregation/pre_aggregation.h"

namespace windtunnel::aggregation {

/// y_i = mean of the n − f rows nearest to x_i by Euclidean distance, itself among them; of equal distances the lower index
/// is nearer. Any rule on the y that is robust for f out of n then reaches the best possible order of error. n ≥ 2f + 1
/// and what the rule on the y needs.
/// Reference: Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan: Fixing by mixing: a recipe for optimal Byzantine ML
/// under heterogeneity, AISTATS 2023, algorithm 2.
class Nnm final : public PreAggregation {
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
