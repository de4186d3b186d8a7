// `learning: quadratic`: the loss ½ (w − w*)ᵀ A (w − w*) with noisy gradients. A is diagonal with eigenvalues from 1
// down to 1 / condition, evenly spaced on a logarithmic scale; w* is drawn with E‖w*‖² = 1; training starts at 0. A
// gradient of worker k is A (w − w*ₖ) + ε, where ε is normal with E‖ε‖² = noise² / batch, as the mean over a minibatch
// has, and w*ₖ = w* + heterogeneity · (δₖ − mean of δ) with E‖δₖ‖² = 1: the workers disagree, their mean does not.
#pragma once

#include <cstdint>

#include "learning/problem.h"

namespace windtunnel::learning {

class Quadratic final : public Learning {
 public:
  void describe(Fields& f) override;
  Workload workload() const override;
  using Learning::problem;
  std::shared_ptr<const Problem> problem(const Plan& plan, DataShelf& shelf) const override;

  std::int64_t dimension = 1000;
  double condition = 10;
  double noise = 1;
  double heterogeneity = 0;
  std::int64_t samples = 60'000;  ///< as far as cost is concerned: there are no data
  Bytes sample_size{1000};
  Duration sample_time = std::chrono::microseconds(10);
};

}  // namespace windtunnel::learning
