// The layers of small_cnn.
#include "learning/models.h"

#include <torch/torch.h>

namespace windtunnel::learning {
namespace {

class SmallCnnModel final : public Model {
 public:
  explicit SmallCnnModel(const Facts& data)
      : convolution1_(register_module(
            "convolution1",
            torch::nn::Conv2d(torch::nn::Conv2dOptions(data.shape.channels, SmallCnn::maps1, 5).stride(2).padding(2)))),
        convolution2_(register_module(
            "convolution2",
            torch::nn::Conv2d(torch::nn::Conv2dOptions(SmallCnn::maps1, SmallCnn::maps2, 3).stride(2).padding(1)))),
        dense1_(register_module("dense1", torch::nn::Linear(SmallCnn::features(data), SmallCnn::width))),
        dense2_(register_module("dense2", torch::nn::Linear(SmallCnn::width, data.classes))) {}

  torch::Tensor forward(const torch::Tensor& images, Dropout& /*dropout*/) override {
    torch::Tensor x = convolution1_->forward(images).relu_();
    x = convolution2_->forward(x).relu_().flatten(1);
    return dense2_->forward(dense1_->forward(x).relu_());
  }

 private:
  torch::nn::Conv2d convolution1_, convolution2_;
  torch::nn::Linear dense1_, dense2_;
};

}  // namespace

std::shared_ptr<Model> build(const SmallCnn& /*network*/, const Facts& data) {
  return std::make_shared<SmallCnnModel>(data);
}

}  // namespace windtunnel::learning
