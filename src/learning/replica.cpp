#include "learning/replica.h"

#include <cstring>
#include <utility>

#include "base/error.h"
#include "learning/models.h"
#include "learning/threads.h"

namespace windtunnel::learning {

Replica::Replica(std::shared_ptr<Model> model)
    : model_(std::move(model)), parameters_(model_->parameters()), has_batch_norm_(model_->has_batch_norm()) {
  for (const torch::Tensor& parameter : parameters_) {
    check(parameter.scalar_type() == torch::kFloat32, "Replica: parameters are float32");
    count_ += parameter.numel();
  }
}

void Replica::show(std::span<const float> weights) {
  check(static_cast<std::int64_t>(weights.size()) == count_, "Replica: one weight per parameter");
  // from_blob has no form for constant data; nothing here writes to parameters.
  auto* next = const_cast<float*>(weights.data());
  for (torch::Tensor& parameter : parameters_) {
    parameter.set_data(torch::from_blob(next, parameter.sizes()));
    next += parameter.numel();
  }
}

std::vector<float> Replica::initial(Random& random) {
  std::vector<float> weights;
  weights.reserve(static_cast<std::size_t>(count_));
  {
    const torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : parameters_) parameter.set_data(torch::zeros(parameter.sizes()));
    for (const auto& module : model_->modules()) {
      if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norm->weight.fill_(1);
    }
  }
  model_->initialise(random);
  for (const torch::Tensor& parameter : parameters_) {
    const float* const values = parameter.data_ptr<float>();
    weights.insert(weights.end(), values, values + parameter.numel());
  }
  return weights;
}

Gradient Replica::gradient(std::span<const float> weights, const Batch& batch,
                           std::optional<std::uint64_t> dropout_key) {
  show(weights);
  model_->train();
  Dropout dropout = dropout_key.has_value() ? Dropout(*dropout_key) : Dropout();
  const torch::Tensor loss = torch::cross_entropy_loss(model_->forward(batch.images, dropout), batch.labels);
  const std::vector<torch::Tensor> parts = torch::autograd::grad({loss}, parameters_);

  Gradient gradient{.values = {}, .loss = loss.item<double>()};
  gradient.values.reserve(weights.size());
  for (const torch::Tensor& part : parts) {
    const torch::Tensor dense = part.contiguous();
    const float* const values = dense.data_ptr<float>();
    gradient.values.insert(gradient.values.end(), values, values + dense.numel());
  }
  return gradient;
}

void Replica::calibrate(std::span<const float> weights, std::span<const Batch> batches) {
  if (!has_batch_norm_) return;
  const torch::NoGradGuard no_grad;
  show(weights);
  for (const auto& module : model_->modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norm->reset_running_stats();
  }
  model_->train();
  Dropout none;
  for (const Batch& batch : batches) model_->forward(batch.images, none);
}

Score Replica::score(std::span<const float> weights, const Batch& batch) {
  const torch::NoGradGuard no_grad;
  show(weights);
  model_->eval();
  Dropout none;
  const torch::Tensor logits = model_->forward(batch.images, none);
  const torch::Tensor loss = torch::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::None);
  return {.loss = loss.to(torch::kFloat64).sum().item<double>(),
          .correct = logits.argmax(1).eq(batch.labels).sum().item<std::int64_t>()};
}

ReplicaPool::ReplicaPool(std::shared_ptr<const Network> network, const Facts& facts)
    : network_(std::move(network)), facts_(facts) {}

ReplicaPool::Lease ReplicaPool::borrow() {
  prepare_thread();
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Replica> replica = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(replica)};
    }
  }
  return {*this, std::make_unique<Replica>(build(*network_, facts_))};
}

ReplicaPool::Lease::~Lease() {
  const std::lock_guard lock(pool_.mutex_);
  pool_.idle_.push_back(std::move(replica_));
}

}  // namespace windtunnel::learning
