// MobileNetV3-Small (Howard et al., arXiv 1905.02244) layer for layer as torchvision 0.14 has it: 1,528,106 parameters
// with 10 classes. Three channels; takes images of any size, but is meant for at least 32×32.
#pragma once

#include "learning/networks.h"

namespace windtunnel::learning {

class MobilenetV3Small final : public Network {
 public:
  std::int64_t parameters(const Facts& data) const override;
  ComputeCost cost(const Facts& data) const override;

  static constexpr std::int64_t width = 1024;  ///< of the hidden dense layer
};

}  // namespace windtunnel::learning
