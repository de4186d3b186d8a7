// The layers of lenet5.
#include "learning/models.h"

#include <torch/torch.h>

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

}  // namespace

std::shared_ptr<Model> build(const Lenet5& /*network*/, const Facts& data) {
  return std::make_shared<Lenet5Model>(data.shape.channels, Lenet5::padding(data), data.classes);
}

}  // namespace windtunnel::learning
