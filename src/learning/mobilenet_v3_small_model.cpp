// The layers of mobilenet_v3_small.
#include "learning/models.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>

#include "learning/three_channels.h"

namespace windtunnel::learning {
namespace {

namespace nn = torch::nn;

enum class Activation { none, relu, hardswish };

// Widths rounded to multiples of 8, never below 90 % of what was asked for.
std::int64_t multiple_of_8(std::int64_t width) {
  const std::int64_t rounded = std::max<std::int64_t>(8, (width + 4) / 8 * 8);
  return rounded * 10 < width * 9 ? rounded + 8 : rounded;
}

struct ConvolutionShape {
  std::int64_t in, out, kernel = 1, stride = 1, groups = 1;
};

// Convolution without bias, batch normalisation, activation.
class ConvolutionBlockImpl final : public nn::Module {
 public:
  ConvolutionBlockImpl(const ConvolutionShape& s, Activation activation)
      : convolution_(register_module("0", nn::Conv2d(nn::Conv2dOptions(s.in, s.out, s.kernel)
                                                         .stride(s.stride)
                                                         .padding((s.kernel - 1) / 2)
                                                         .groups(s.groups)
                                                         .bias(false)))),
        // No momentum: running statistics are plain averages over the calibration batches.
        norm_(register_module("1", nn::BatchNorm2d(nn::BatchNorm2dOptions(s.out).eps(0.001).momentum(c10::nullopt)))),
        activation_(activation) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = norm_->forward(convolution_->forward(x));
    switch (activation_) {
      case Activation::relu:
        return torch::relu(y);
      case Activation::hardswish:
        return torch::hardswish(y);
      case Activation::none:
        break;
    }
    return y;
  }

 private:
  nn::Conv2d convolution_;
  nn::BatchNorm2d norm_;
  Activation activation_;
};
TORCH_MODULE(ConvolutionBlock);

// Each channel scaled by a number in [0, 1] computed from all the channels' means.
class SqueezeExcitationImpl final : public nn::Module {
 public:
  explicit SqueezeExcitationImpl(std::int64_t channels)
      : squeeze_(register_module("fc1", nn::Conv2d(channels, multiple_of_8(channels / 4), 1))),
        excite_(register_module("fc2", nn::Conv2d(multiple_of_8(channels / 4), channels, 1))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor mean = torch::adaptive_avg_pool2d(x, {1, 1});
    return x * torch::hardsigmoid(excite_->forward(torch::relu(squeeze_->forward(mean))));
  }

 private:
  nn::Conv2d squeeze_, excite_;
};
TORCH_MODULE(SqueezeExcitation);

struct BottleneckShape {
  std::int64_t in, kernel, expanded, out;
  bool squeeze;
  Activation activation;
  std::int64_t stride;
};

// Table 2 of the paper.
constexpr std::array<BottleneckShape, 11> bottlenecks{{{16, 3, 16, 16, true, Activation::relu, 2},
                                                       {16, 3, 72, 24, false, Activation::relu, 2},
                                                       {24, 3, 88, 24, false, Activation::relu, 1},
                                                       {24, 5, 96, 40, true, Activation::hardswish, 2},
                                                       {40, 5, 240, 40, true, Activation::hardswish, 1},
                                                       {40, 5, 240, 40, true, Activation::hardswish, 1},
                                                       {40, 5, 120, 48, true, Activation::hardswish, 1},
                                                       {48, 5, 144, 48, true, Activation::hardswish, 1},
                                                       {48, 5, 288, 96, true, Activation::hardswish, 2},
                                                       {96, 5, 576, 96, true, Activation::hardswish, 1},
                                                       {96, 5, 576, 96, true, Activation::hardswish, 1}}};
constexpr std::int64_t last_maps = 576;
constexpr double dropout_rate = 0.2;

// Expand, filter each map by itself, squeeze, project; added to its input where the shapes allow it.
class BottleneckImpl final : public nn::Module {
 public:
  explicit BottleneckImpl(const BottleneckShape& s) : residual_(s.stride == 1 && s.in == s.out) {
    if (s.expanded != s.in) {
      layers_->push_back(ConvolutionBlock(ConvolutionShape{.in = s.in, .out = s.expanded}, s.activation));
    }
    layers_->push_back(ConvolutionBlock(
        ConvolutionShape{
            .in = s.expanded, .out = s.expanded, .kernel = s.kernel, .stride = s.stride, .groups = s.expanded},
        s.activation));
    if (s.squeeze) layers_->push_back(SqueezeExcitation(s.expanded));
    layers_->push_back(ConvolutionBlock(ConvolutionShape{.in = s.expanded, .out = s.out}, Activation::none));
    register_module("block", layers_);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = layers_->forward(x);
    return residual_ ? x + y : y;
  }

 private:
  bool residual_;
  nn::Sequential layers_;
};
TORCH_MODULE(Bottleneck);

class MobilenetModel final : public Model {
 public:
  explicit MobilenetModel(std::int64_t classes)
      : features_(register_module("features", nn::Sequential())),
        dense1_(register_module("dense1", nn::Linear(last_maps, MobilenetV3Small::width))),
        dense2_(register_module("dense2", nn::Linear(MobilenetV3Small::width, classes))) {
    features_->push_back(ConvolutionBlock(
        ConvolutionShape{.in = 3, .out = bottlenecks.front().in, .kernel = 3, .stride = 2}, Activation::hardswish));
    for (const BottleneckShape& shape : bottlenecks) features_->push_back(Bottleneck(shape));
    features_->push_back(
        ConvolutionBlock(ConvolutionShape{.in = bottlenecks.back().out, .out = last_maps}, Activation::hardswish));
  }

  torch::Tensor forward(const torch::Tensor& images, Dropout& dropout) override {
    const torch::Tensor x = torch::adaptive_avg_pool2d(features_->forward(three_channels(images)), {1, 1}).flatten(1);
    return dense2_->forward(dropout(torch::hardswish(dense1_->forward(x)), dropout_rate));
  }

  void initialise(Random& random) override {
    for (const auto& module : modules(/*include_self=*/false)) {
      if (auto* convolution = module->as<nn::Conv2dImpl>()) fill_by_fan_out(*convolution, random);
    }
    fill_normal(dense1_->weight, 0.01, random);
    fill_normal(dense2_->weight, 0.01, random);
  }

 private:
  nn::Sequential features_;
  nn::Linear dense1_, dense2_;
};

}  // namespace

std::shared_ptr<Model> build(const MobilenetV3Small& /*network*/, const Facts& data) {
  return std::make_shared<MobilenetModel>(data.classes);
}

}  // namespace windtunnel::learning
