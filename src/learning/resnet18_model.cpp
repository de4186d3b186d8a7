// The layers of resnet18.
#include "learning/models.h"

#include <torch/torch.h>

#include "learning/three_channels.h"

namespace windtunnel::learning {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2).bias(false));
}

// No momentum: running statistics are plain averages over the calibration batches.
nn::BatchNorm2d norm(std::int64_t maps) { return nn::BatchNorm2d(nn::BatchNorm2dOptions(maps).momentum(c10::nullopt)); }

// Two 3×3 convolutions, added to their input (brought to their shape by a 1×1 convolution where that differs).
class BasicBlockImpl final : public nn::Module {
 public:
  BasicBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride)
      : convolution1_(register_module("conv1", convolution(in, out, 3, stride))),
        norm1_(register_module("bn1", norm(out))),
        convolution2_(register_module("conv2", convolution(out, out, 3, 1))),
        norm2_(register_module("bn2", norm(out))) {
    if (stride != 1 || in != out) {
      shortcut_ = register_module("downsample", nn::Sequential(convolution(in, out, 1, stride), norm(out)));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = torch::relu(norm1_->forward(convolution1_->forward(x)));
    y = norm2_->forward(convolution2_->forward(y));
    return torch::relu(y + (shortcut_.is_empty() ? x : shortcut_->forward(x)));
  }

 private:
  nn::Conv2d convolution1_;
  nn::BatchNorm2d norm1_;
  nn::Conv2d convolution2_;
  nn::BatchNorm2d norm2_;
  nn::Sequential shortcut_{nullptr};
};
TORCH_MODULE(BasicBlock);

class Resnet18Model final : public Model {
 public:
  explicit Resnet18Model(std::int64_t classes)
      : convolution_(register_module("conv1", convolution(3, 64, 7, 2))),
        norm_(register_module("bn1", norm(64))),
        blocks_(register_module("layers", nn::Sequential())),
        dense_(register_module("fc", nn::Linear(Resnet18::maps, classes))) {
    std::int64_t in = 64;
    for (std::int64_t out = 64; out <= Resnet18::maps; out *= 2) {
      blocks_->push_back(BasicBlock(in, out, out == in ? 1 : 2));
      blocks_->push_back(BasicBlock(out, out, 1));
      in = out;
    }
  }

  torch::Tensor forward(const torch::Tensor& images, Dropout& /*dropout*/) override {
    torch::Tensor x = torch::relu(norm_->forward(convolution_->forward(three_channels(images))));
    x = blocks_->forward(torch::max_pool2d(x, 3, 2, 1));
    return dense_->forward(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
  }

  // The dense layer as torch.nn makes it.
  void initialise(Random& random) override {
    Model::initialise(random);
    for (const auto& module : modules(/*include_self=*/false)) {
      if (auto* layer = module->as<nn::Conv2dImpl>()) fill_by_fan_out(*layer, random);
    }
  }

 private:
  nn::Conv2d convolution_;
  nn::BatchNorm2d norm_;
  nn::Sequential blocks_;
  nn::Linear dense_;
};

}  // namespace

std::shared_ptr<Model> build(const Resnet18& /*network*/, const Facts& data) {
  return std::make_shared<Resnet18Model>(data.classes);
}

}  // namespace windtunnel::learning
