#include "learning/lenet5.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include "base/error.h"
#include "learning/model.h"

namespace windtunnel::learning {
namespace {

class Lenet5Model final : public Model {
 public:
  Lenet5Model(std::int64_t channels, std::int64_t padding, std::int64_t classes)
      : convolution1_(register_module("convolution1",
                                      torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, 6, 5).padding(padding)))),
        convolution2_(register_module("convolution2", torch::nn::Conv2d(6, 16, 5))),
        dense1_(register_module("dense1", torch::nn::Linear(16 * 5 * 5, 120))),
        dense2_(register_module("dense2", torch::nn::Linear(120, 84))),
        dense3_(register_module("dense3", torch::nn::Linear(84, classes))) {}

  torch::Tensor forward(const torch::Tensor& images, Dropout& /*dropout*/) override {
    torch::Tensor x = torch::max_pool2d(convolution1_->forward(images).relu_(), 2);
    x = torch::max_pool2d(convolution2_->forward(x).relu_(), 2).flatten(1);
    x = dense1_->forward(x).relu_();
    x = dense2_->forward(x).relu_();
    return dense3_->forward(x);
  }

 private:
  torch::nn::Conv2d convolution1_, convolution2_;
  torch::nn::Linear dense1_, dense2_, dense3_;
};

// Of the first convolution, so that it sees 32×32.
std::int64_t padding(const Facts& data) {
  const ImageShape& shape = data.shape;
  if (shape.height != shape.width || (shape.height != 28 && shape.height != 32)) {
    throw InputError(
        fmt::format("lenet5 takes images of 28×28 or 32×32, the dataset's are {}×{}", shape.height, shape.width));
  }
  return (32 - shape.height) / 2;
}

}  // namespace

std::int64_t Lenet5::parameters(const Facts& data) const {
  padding(data);
  return (25 * data.shape.channels + 1) * 6 + (25 * 6 + 1) * 16 + (400 + 1) * 120 + (120 + 1) * 84 +
         (84 + 1) * data.classes;
}

ComputeCost Lenet5::cost(const Facts& data) const {
  padding(data);  // both sizes lead to nearly the same work
  return {.seconds_per_sample = 63.0e-6, .forward_share = 0.51, .source = "1×28×28, batch 64"};
}

std::shared_ptr<Model> Lenet5::build(const Facts& data) const {
  return std::make_shared<Lenet5Model>(data.shape.channels, padding(data), data.classes);
}

}  // namespace windtunnel::learning
