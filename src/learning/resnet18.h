// ResNet-18 (He et al., arXiv 1512.03385) layer for layer as torchvision 0.14 has it: 11,181,642 parameters with 10
// classes. Three channels; takes images of any size, but is meant for at least 32×32.
#pragma once

#include "learning/networks.h"

namespace windtunnel::learning {

class Resnet18 final : public Network {
 public:
  std::int64_t parameters(const Facts& data) const override;
  ComputeCost cost(const Facts& data) const override;

  static constexpr std::int64_t maps = 512;  ///< of the last block
};

}  // namespace windtunnel::learning
