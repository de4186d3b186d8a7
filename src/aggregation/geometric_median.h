// The point with the smallest sum of distances to the rows.
#pragma once

#include "aggregation/rule.h"

namespace windtunnel::aggregation {

/// out = argmin_z Σ_i h(‖z − rows[i]‖), h(r) = r from ν on and r²/(2ν) + ν/2 below: the geometric median, smoothed so that it
/// is unique and no division by zero can happen. ν = smoothing · the median distance of two rows. Found by Weiszfeld's
/// iteration z ← Σ w_i rows[i] / Σ w_i, w_i = 1 / max(ν, ‖z − rows[i]‖), on the rows' inner products alone, from a mean that
/// rows far from most others hardly move, until it stands (10⁻⁹ of the mean distance) or 1000 times. Withstands fewer than n/2
/// Byzantine rows. n ≥ 1.
/// Reference: Pillutla, Kakade, Harchaoui: Robust aggregation for federated learning, IEEE Transactions on Signal Processing
/// 70, 2022 (RFA), there with a fixed ν and three iterations from the mean.
class GeometricMedian final : public Rule {
 public:
  double smoothing = 1e-6;  ///< > 0

  void describe(Fields& fields) override;
  std::string label() const override { return "geometric_median"; }
  Work work_per_call(double n) const override;
  Work work_per_value(double n) const override;

 protected:
  void combine(const Updates& updates, std::span<float> out) const override;
};

}  // namespace windtunnel::aggregation
