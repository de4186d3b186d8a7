// Dense layers with ReLU between them; takes images of any shape.
#pragma once

#include <vector>

#include "learning/networks.h"

namespace windtunnel::learning {

class Mlp final : public Network {
 public:
  void describe(Fields& f) override;
  std::int64_t parameters(const Facts& data) const override;
  ComputeCost cost(const Facts& data) const override;
  /// Of all layers: pixels, the hidden ones, classes.
  std::vector<std::int64_t> widths(const Facts& data) const;

  std::vector<std::int64_t> hidden{128};  ///< widths of the hidden layers; none: a linear classifier
};

}  // namespace windtunnel::learning
