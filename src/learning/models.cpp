#include "learning/models.h"

#include "base/error.h"

namespace windtunnel::learning {
namespace {

// The first of the types that the network is of.
template <class First, class... Rest>
std::shared_ptr<Model> build_as(const Network& network, const Facts& data) {
  if (const auto* known = dynamic_cast<const First*>(&network)) return build(*known, data);
  if constexpr (sizeof...(Rest) > 0) {
    return build_as<Rest...>(network, data);
  } else {
    throw BrokenInvariant("models.cpp: a network of networks() has no layers here");
  }
}

}  // namespace

std::shared_ptr<Model> build(const Network& network, const Facts& data) {
  const std::int64_t announced = network.parameters(data);
  std::shared_ptr<Model> model = build_as<Mlp, Lenet5, SmallCnn, MobilenetV3Small, Resnet18>(network, data);
  std::int64_t built = 0;
  for (const torch::Tensor& parameter : model->parameters()) built += parameter.numel();
  check(built == announced, "models.cpp: a network has as many parameters as it announces");
  return model;
}

}  // namespace windtunnel::learning
