// The yardstick of the training benchmarks: the loop that anyone would write with LibTorch, and how both sides are timed.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <vector>

#include "learning/models.h"
#include "learning/partition.h"
#include "learning/pixels.h"
#include "learning/sampler.h"
#include "learning/threads.h"
#include "median.h"

namespace windtunnel::bench {

using namespace windtunnel::learning;

struct Taken {
  double wall_s, cpu_s;
};

inline Taken time_of(const std::function<void()>& work) {
  const auto cpu = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double cpu_before = cpu();
  const auto before = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count(), cpu() - cpu_before};
}

// What anyone would write: tensors in memory, the batch gathered by index, forward, backward.
class BareLoop {
 public:
  BareLoop(const Network& network, const Data& data, const Plan& plan)
      : sampler_(
            Choice<Partition>(partitions(), "iid")
                ->split(
                    {.labels = data.train.labels, .classes = data.classes, .workers = plan.workers, .seed = plan.seed}),
            plan),
        model_(build(network, {.shape = data.shape, .classes = data.classes, .train = data.train.count(), .test = 1})),
        images_(torch::empty({data.train.count(), data.shape.channels, data.shape.height, data.shape.width})),
        labels_(torch::tensor(data.train.labels)) {
    const auto pixels = static_cast<std::size_t>(data.shape.pixels());
    for (std::size_t i = 0; i < data.train.labels.size(); ++i) {
      normalise(std::span(data.train.pixels).subspan(i * pixels, pixels), data.shape, data.normalisation,
                images_.data_ptr<float>() + i * pixels);
    }
    model_->train();
  }

  void gradient(const Sample& sample) {
    const torch::Tensor indices = torch::tensor(sampler_.indices(sample));
    const torch::Tensor images = images_.index_select(0, indices);
    const torch::Tensor labels = labels_.index_select(0, indices);
    Dropout dropout(1);
    model_->zero_grad();
    torch::cross_entropy_loss(model_->forward(images, dropout), labels).backward();
  }

 private:
  Sampler sampler_;
  std::shared_ptr<Model> model_;
  torch::Tensor images_, labels_;
};

}  // namespace windtunnel::bench
