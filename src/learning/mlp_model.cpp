// The layers of mlp.
#include "learning/models.h"

#include <torch/torch.h>

#include <fmt/format.h>
#include <algorithm>

namespace windtunnel::learning {
namespace {

class MlpModel final : public Model {
 public:
  explicit MlpModel(const std::vector<std::int64_t>& widths) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      layers_.push_back(register_module(fmt::format("dense{}", i), torch::nn::Linear(widths[i], widths[i + 1])));
    }
  }

  torch::Tensor forward(const torch::Tensor& images, Dropout& /*dropout*/) override {
    torch::Tensor x = images.flatten(1);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      x = layers_[i]->forward(x);
      if (i + 1 < layers_.size()) x = x.relu_();
    }
    return x;
  }

 private:
  std::vector<torch::nn::Linear> layers_;
};

}  // namespace

std::shared_ptr<Model> build(const Mlp& network, const Facts& data) {
  return std::make_shared<MlpModel>(network.widths(data));
}

}  // namespace windtunnel::learning
