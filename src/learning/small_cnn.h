// Two strided convolutions and two dense layers: 55,594 parameters for 28×28 grey images in 10 classes, made to learn
// Fashion-MNIST quickly on one core. Takes images of at least 4×4.
#pragma once

#include "learning/networks.h"

namespace windtunnel::learning {

class SmallCnn final : public Network {
 public:
  std::int64_t parameters(const Facts& data) const override;
  ComputeCost cost(const Facts& data) const override;

  static constexpr std::int64_t maps1 = 16, maps2 = 32;  ///< of the convolutions
  static constexpr std::int64_t width = 32;              ///< of the hidden dense layer
  /// Inputs of the dense layers: two convolutions of stride 2 with "same" padding leave a quarter of each side.
  static std::int64_t features(const Facts& data);
};

}  // namespace windtunnel::learning
