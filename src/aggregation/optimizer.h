// Optimizers on flat float32 vectors, by PyTorch's formulas (torch.optim, version 1.13), without LibTorch.
// Promise: a step depends on its arguments only, element by element, in float32, so it gives the same bits wherever it
// runs: in a worker, in a parameter server, or inside the tensor database.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "aggregation/work.h"
#include "base/fields.h"

namespace windtunnel::aggregation {

/// What an optimizer remembers between steps. Default-constructed before the first step; vectors are made when needed.
struct OptimizerState {
  std::vector<float> first;   ///< sgd: momentum buffer; adam: mean of the gradients
  std::vector<float> second;  ///< adam: mean of the squared gradients
  std::int64_t steps = 0;     ///< steps taken
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void describe(Fields& f) = 0;
  /// Moves `weights` one step against `gradient` and advances `state`. Precondition: equal lengths, and `state` made by
  /// this optimizer's steps on vectors of that length (checked).
  void step(std::span<float> weights, std::span<const float> gradient, OptimizerState& state) const;
  /// The arithmetic of step `number` (the first is 1) on any range of coordinates, for those who keep the state
  /// themselves: `memory` is that range of the state's vectors, all zero before step 1. Allocates nothing, never fails.
  /// Precondition: equal lengths, no two of them overlapping; state_vectors() spans of memory.
  virtual void move(std::span<float> weights, std::span<const float> gradient, std::span<const std::span<float>> memory,
                    std::int64_t number) const = 0;
  /// Vectors of the weights' length that the state holds after a step: 0 to max_state_vectors. What a checkpoint must
  /// save beside them.
  virtual int state_vectors() const = 0;
  /// What a step on d weights costs. Precondition: d ≥ 0 (checked).
  Work work(std::int64_t d) const;

  static constexpr int max_state_vectors = 2;

 protected:
  /// Flops per weight.
  virtual double flops() const = 0;
};

/// torch.optim.SGD with dampening 0 and no Nesterov: d = g + weight_decay·w; b = momentum·b + d (first step: b = d);
/// w −= learning_rate·b.
class Sgd final : public Optimizer {
 public:
  void describe(Fields& f) override;
  void move(std::span<float> weights, std::span<const float> gradient, std::span<const std::span<float>> memory,
            std::int64_t number) const override;
  int state_vectors() const override { return momentum == 0 ? 0 : 1; }

  double learning_rate = 0.05;
  double momentum = 0;
  double weight_decay = 0;

 protected:
  double flops() const override;
};

/// torch.optim.Adam without AMSGrad (Kingma and Ba, arXiv 1412.6980, algorithm 1): d = g + weight_decay·w;
/// m = beta1·m + (1 − beta1)·d; v = beta2·v + (1 − beta2)·d²;
/// w −= learning_rate / (1 − beta1ᵗ) · m / (√v / √(1 − beta2ᵗ) + epsilon).
class Adam final : public Optimizer {
 public:
  void describe(Fields& f) override;
  void move(std::span<float> weights, std::span<const float> gradient, std::span<const std::span<float>> memory,
            std::int64_t number) const override;
  int state_vectors() const override { return 2; }

  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

 protected:
  double flops() const override;
};

/// sgd, adam.
Family<Optimizer> optimizers();

}  // namespace windtunnel::aggregation
