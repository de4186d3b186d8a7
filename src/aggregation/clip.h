// Static clipping: no row is longer than a given norm.
#pragma once

#include "aggregation/pre_aggregation.h"

namespace windtunnel::aggregation {

/// y_i = x_i · min(1, norm / ‖x_i‖). n as the rule on the y needs.
/// Reference: Sun, Kairouz, Suresh, McMahan: Can you really backdoor federated learning?, 2019 (arXiv 1911.07963),
/// there with the mean (rule `norm_clipping`).
class Clip final : public PreAggregation {
 public:
  double norm = 1;  ///< > 0

 protected:
  void describe_step(Fields& fields) override;
  std::string label_of_step() const override;
  Mixture mix(const Updates& updates) const override;
  Step step(double n) const override;
};

/// The factor that brings a row of this squared norm to at most `norm`.
double clipping_factor(double squared_norm, double norm);

}  // namespace windtunnel::aggregation
