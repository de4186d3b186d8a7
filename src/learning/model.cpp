#include "learning/model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <boost/random/normal_distribution.hpp>
#include <cmath>

#include "base/interruption.h"

namespace windtunnel::learning {
namespace {

template <class Draw>
void fill(torch::Tensor& values, Draw draw) {
  const torch::NoGradGuard no_grad;
  float* const out = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    if (i % (1 << 16) == 0) interruption_point();
    out[i] = static_cast<float>(draw());
  }
}

template <class Layer>
void fill_by_fan_in(Layer& layer, Random& random) {
  const double bound = 1 / std::sqrt(static_cast<double>(layer.weight[0].numel()));
  fill_uniform(layer.weight, bound, random);
  if (layer.bias.defined()) fill_uniform(layer.bias, bound, random);
}

}  // namespace

Dropout::Dropout(std::uint64_t key) : generator_(at::make_generator<at::CPUGeneratorImpl>(key)) {}

torch::Tensor Dropout::operator()(const torch::Tensor& x, double rate) {
  if (!generator_.has_value() || rate == 0) return x;
  const torch::Tensor mask = torch::empty(x.sizes(), x.options()).bernoulli_(1 - rate, *generator_);
  return x * mask.div_(1 - rate);
}

void Model::initialise(Random& random) {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* convolution = module->as<torch::nn::Conv2dImpl>()) {
      fill_by_fan_in(*convolution, random);
    } else if (auto* dense = module->as<torch::nn::LinearImpl>()) {
      fill_by_fan_in(*dense, random);
    }
  }
}

bool Model::has_batch_norm() const {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (module->as<torch::nn::BatchNorm2dImpl>() != nullptr) return true;
  }
  return false;
}

void fill_normal(torch::Tensor values, double deviation, Random& random) {
  boost::random::normal_distribution<double> normal(0, deviation);
  fill(values, [&] { return normal(random); });
}

void fill_uniform(torch::Tensor values, double bound, Random& random) {
  fill(values, [&] { return bound * (std::ldexp(static_cast<double>(random()), -31) - 1); });
}

void fill_by_fan_out(const torch::nn::Conv2dImpl& convolution, Random& random) {
  // Weights are [out, in / groups, height, width].
  const std::int64_t fan_out = convolution.weight.size(0) * convolution.weight.size(2) * convolution.weight.size(3);
  fill_normal(convolution.weight, std::sqrt(2.0 / static_cast<double>(fan_out)), random);
}

}  // namespace windtunnel::learning
