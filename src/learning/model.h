// A network that is built: a LibTorch module with the two things that must not hang on LibTorch's global random state,
// its initial weights and its dropout. For LibTorch's side of this room only.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

#include "learning/random.h"

namespace windtunnel::learning {

/// Dropout with a mask that belongs to one minibatch; without a key, none.
class Dropout {
 public:
  Dropout() = default;
  explicit Dropout(std::uint64_t key);
  /// Zeroes each element with probability `rate` and scales the others by 1 / (1 − rate).
  torch::Tensor operator()(const torch::Tensor& x, double rate);

 private:
  std::optional<at::Generator> generator_;
};

class Model : public torch::nn::Module {
 public:
  /// images: float32 [n, channels, height, width], normalised → logits [n, classes].
  virtual torch::Tensor forward(const torch::Tensor& images, Dropout& dropout) = 0;
  /// Draws the initial weights. Called with all parameters zero, but batch normalisation's scales one. By default as
  /// torch.nn does for its convolutions and dense layers: weights and biases uniform in ±1/√fan_in (He et al., arXiv
  /// 1502.01852, with a = √5).
  virtual void initialise(Random& random);

  /// True when it normalises by batch statistics, which need at least two samples in a batch.
  bool has_batch_norm() const;
};

/// Fills `values` from Normal(0, deviation).
void fill_normal(torch::Tensor values, double deviation, Random& random);
/// Fills `values` uniformly from [−bound, bound).
void fill_uniform(torch::Tensor values, double bound, Random& random);
/// He initialisation by fan-out with gain √2, as torchvision uses for convolutions: Normal(0, √(2 / fan_out)).
void fill_by_fan_out(const torch::nn::Conv2dImpl& convolution, Random& random);

}  // namespace windtunnel::learning
