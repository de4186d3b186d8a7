// A network, its data and their division among workers, as a Problem. For LibTorch's side of this room only.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "learning/datasets.h"
#include "learning/partition.h"
#include "learning/problem.h"
#include "learning/replica.h"
#include "learning/sampler.h"
#include "learning/torch_module.h"

namespace windtunnel::learning {

class TorchProblem final : public Problem {
 public:
  /// Throws InputError when the parts or the plan do not fit together.
  TorchProblem(TorchParts parts, const Plan& plan);

  Weights initial() const override { return initial_; }
  std::int64_t samples_of(int worker) const override { return sampler_.samples_of(worker); }
  Gradient gradient(const std::vector<float>& weights, Sample sample) const override;
  Quality evaluate(const std::vector<float>& weights) const override;

  /// The samples of a minibatch as the network sees them.
  Batch batch(const Sample& sample) const;

 private:
  Gradient gradient_of(const std::vector<float>& weights, const Sample& sample) const;
  Quality quality_of(const std::vector<float>& weights) const;
  Batch assemble(const Images& images, std::span<const std::int64_t> indices) const;

  std::shared_ptr<const Data> shared_data_;
  const Data& data_;
  Plan plan_;
  Sampler sampler_;
  mutable ReplicaPool replicas_;  // the replicas keep nothing that a result depends on
  std::vector<std::vector<std::int64_t>> calibration_;
  Weights initial_;
};

}  // namespace windtunnel::learning
