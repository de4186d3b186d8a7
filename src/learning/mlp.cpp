#include "learning/mlp.h"

#include <torch/torch.h>

#include <fmt/format.h>
#include <algorithm>

#include "base/error.h"
#include "learning/model.h"

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

std::vector<std::int64_t> widths(const std::vector<std::int64_t>& hidden, const Facts& data) {
  std::vector<std::int64_t> all{data.shape.pixels()};
  for (std::int64_t width : hidden) {
    if (width < 1 || width > 1'000'000) {
      throw InputError(fmt::format("mlp: a hidden layer of width {}; widths are 1 to 1,000,000", width));
    }
    all.push_back(width);
  }
  all.push_back(data.classes);
  return all;
}

}  // namespace

void Mlp::describe(Fields& f) {
  f("hidden", hidden, "widths of the hidden layers; an empty list is a linear classifier");
}

std::int64_t Mlp::parameters(const Facts& data) const {
  const std::vector<std::int64_t> all = widths(hidden, data);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) sum += (all[i] + 1) * all[i + 1];
  return sum;
}

ComputeCost Mlp::cost(const Facts& data) const {
  // Dense layers cost what their parameters cost.
  const double scale = static_cast<double>(parameters(data)) / 101'770;
  return {.seconds_per_sample = 5.3e-6 * scale, .forward_share = 0.43, .source = "hidden 128, 1×28×28, batch 64"};
}

std::shared_ptr<Model> Mlp::build(const Facts& data) const { return std::make_shared<MlpModel>(widths(hidden, data)); }

}  // namespace windtunnel::learning
