// The layers of each network, as LibTorch modules. For LibTorch's side of this room only.
#pragma once

#include <memory>

#include "learning/lenet5.h"
#include "learning/mlp.h"
#include "learning/mobilenet_v3_small.h"
#include "learning/model.h"
#include "learning/resnet18.h"
#include "learning/small_cnn.h"

namespace windtunnel::learning {

std::shared_ptr<Model> build(const Mlp& network, const Facts& data);
std::shared_ptr<Model> build(const Lenet5& network, const Facts& data);
std::shared_ptr<Model> build(const SmallCnn& network, const Facts& data);
std::shared_ptr<Model> build(const MobilenetV3Small& network, const Facts& data);
std::shared_ptr<Model> build(const Resnet18& network, const Facts& data);

/// The above for the network's real type; its parameters are as many as it announces (checked). Throws InputError when
/// the network cannot take such images.
std::shared_ptr<Model> build(const Network& network, const Facts& data);

}  // namespace windtunnel::learning
