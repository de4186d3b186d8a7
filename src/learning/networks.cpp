#include "learning/networks.h"

#include <array>

#include "learning/lenet5.h"
#include "learning/mlp.h"
#include "learning/mobilenet_v3_small.h"
#include "learning/resnet18.h"
#include "learning/small_cnn.h"

namespace windtunnel::learning {

Family<Network> networks() {
  static constexpr std::array all{
      option<Network, Mlp>("mlp", "dense layers; 101,770 parameters on 28x28 grey images in 10 classes"),
      option<Network, Lenet5>("lenet5", "LeNet-5; 61,706 parameters on 28x28 grey images in 10 classes"),
      option<Network, SmallCnn>("small_cnn", "two convolutions, fast; 55,594 parameters on 28x28 grey images"),
      option<Network, MobilenetV3Small>("mobilenet_v3_small", "as in torchvision; 1,528,106 parameters, 10 classes"),
      option<Network, Resnet18>("resnet18", "as in torchvision; 11,181,642 parameters, 10 classes"),
  };
  return all;
}

}  // namespace windtunnel::learning
