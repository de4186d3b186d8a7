// LeNet-5 (LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86(11), 1998) in today's usual form: ReLU, maximum pooling,
// full connection of its feature maps. 61,706 parameters for grey images in 10 classes. Takes 28×28 (padded by 2) or
// 32×32.
#pragma once

#include "learning/networks.h"

namespace windtunnel::learning {

class Lenet5 final : public Network {
 public:
  std::int64_t parameters(const Facts& data) const override;
  ComputeCost cost(const Facts& data) const override;
  /// Of the first convolution, so that it sees 32×32.
  static std::int64_t padding(const Facts& data);
};

}  // namespace windtunnel::learning
