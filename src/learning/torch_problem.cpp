#include "learning/torch_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/interruption.h"
#include "learning/iid.h"
#include "learning/permutation.h"
#include "learning/pixels.h"
#include "learning/random.h"
#include "learning/torch_memory.h"

namespace windtunnel::learning {
namespace {

// Images per forward pass of an evaluation: enough to be fast, few enough to stay in cache.
constexpr std::int64_t evaluation_batch = 250;
// Training images whose statistics batch normalisation evaluates with. A thousand settle them to about 3 %.
constexpr std::int64_t calibration_images = 1000;

Facts facts_of(const Data& data) {
  return {.shape = data.shape, .classes = data.classes, .train = data.train.count(), .test = data.test.count()};
}

// A minibatch's images lie anywhere in the data: without this, each waits for memory.
void fetch_ahead(const Images& images, std::size_t image, std::size_t pixels) {
  constexpr std::size_t cache_line = 64;
  const std::uint8_t* const first = images.pixels.data() + image * pixels;
  for (std::size_t at = 0; at < pixels; at += cache_line) __builtin_prefetch(first + at);
  __builtin_prefetch(images.labels.data() + image);
}

Shards split(const Partition& partition, const Data& data, const Plan& plan) {
  validate(plan);
  const PartitionInput input{
      .labels = data.train.labels, .classes = data.classes, .workers = plan.workers, .seed = plan.seed};
  // Shares dealt at random are draws from all the data without replacement, and the same minibatches as with `iid`.
  return plan.pooled ? Iid().split(input) : partition.split(input);
}

}  // namespace

TorchProblem::TorchProblem(TorchParts parts, const Plan& plan)
    : shared_data_(std::move(parts.data)),
      data_(*shared_data_),
      plan_(plan),
      sampler_(split(*parts.partition, data_, plan), plan),
      replicas_(std::move(parts.network), facts_of(data_)) {
  const auto replica = within_memory([this] { return replicas_.borrow(); });
  if (replica->has_batch_norm()) {
    if (plan.batch < 2) {
      throw InputError(fmt::format("samples per minibatch: batch normalisation needs at least 2, not {}", plan.batch));
    }
    const Permutation order(data_.train.count(), Random(plan.seed, "calibration images").key());
    const std::int64_t count = std::min(calibration_images, data_.train.count());
    for (std::int64_t i = 0; i < count; ++i) {
      if (i % evaluation_batch == 0) calibration_.emplace_back();
      calibration_.back().push_back(order(i));
    }
  }
  Random random(plan.seed, "initial weights");
  initial_ = within_memory([&] { return std::make_shared<const std::vector<float>>(replica->initial(random)); });
}

Batch TorchProblem::assemble(const Images& images, std::span<const std::int64_t> indices) const {
  const auto n = static_cast<std::int64_t>(indices.size());
  const auto pixels = static_cast<std::size_t>(data_.shape.pixels());
  Batch batch{.images = torch::empty({n, data_.shape.channels, data_.shape.height, data_.shape.width}),
              .labels = torch::empty({n}, torch::kInt64)};
  float* image = batch.images.data_ptr<float>();
  auto* label = batch.labels.data_ptr<std::int64_t>();
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const auto i = static_cast<std::size_t>(indices[k]);
    if (k + 1 < indices.size()) fetch_ahead(images, static_cast<std::size_t>(indices[k + 1]), pixels);
    normalise(std::span(images.pixels).subspan(i * pixels, pixels), data_.shape, data_.normalisation, image);
    *label++ = images.labels[i];
    image += pixels;
  }
  return batch;
}

Batch TorchProblem::batch(const Sample& sample) const {
  Batch batch = assemble(data_.train, sampler_.indices(sample));
  if (sample.poison != nullptr) {
    auto* const labels = batch.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < plan_.batch; ++i) {
      labels[i] = sample.poison->label(labels[i], data_.classes);
      check(labels[i] >= 0 && labels[i] < data_.classes, "a poisoned label is one of the classes");
    }
  }
  return batch;
}

Gradient TorchProblem::gradient(const std::vector<float>& weights, Sample sample) const {
  return within_memory([&] { return gradient_of(weights, sample); });
}

Quality TorchProblem::evaluate(const std::vector<float>& weights) const {
  return within_memory([&] { return quality_of(weights); });
}

Gradient TorchProblem::gradient_of(const std::vector<float>& weights, const Sample& sample) const {
  const auto replica = replicas_.borrow();
  const std::uint64_t mask =
      Random(plan_.seed, "dropout",
             {static_cast<std::uint64_t>(sample.worker), static_cast<std::uint64_t>(sample.round),
              static_cast<std::uint64_t>(sample.minibatch)})
          .key();
  return replica->gradient(weights, batch(sample), mask);
}

Quality TorchProblem::quality_of(const std::vector<float>& weights) const {
  const auto replica = replicas_.borrow();
  std::vector<Batch> calibration;
  for (const auto& indices : calibration_) calibration.push_back(assemble(data_.train, indices));
  replica->calibrate(weights, calibration);

  const std::int64_t count = data_.test.count();
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  Score total;
  for (std::int64_t first = 0; first < count; first += evaluation_batch) {
    interruption_point();
    const std::int64_t size = std::min(evaluation_batch, count - first);
    const Batch batch = assemble(
        data_.test, std::span(indices).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size)));
    const Score score = replica->score(weights, batch);
    total.loss += score.loss;
    total.correct += score.correct;
  }
  return {.loss = total.loss / static_cast<double>(count),
          .accuracy = static_cast<double>(total.correct) / static_cast<double>(count)};
}

}  // namespace windtunnel::learning
