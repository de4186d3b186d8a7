#include "learning/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "learning/permutation.h"
#include "learning/random.h"

namespace windtunnel::learning {

void validate(const Plan& plan) {
  if (plan.workers < 1) throw InputError(fmt::format("workers: at least 1 is needed, not {}", plan.workers));
  if (plan.minibatches < 1) {
    throw InputError(fmt::format("minibatches per worker and round: at least 1 is needed, not {}", plan.minibatches));
  }
  if (plan.batch < 1) throw InputError(fmt::format("samples per minibatch: at least 1 is needed, not {}", plan.batch));
}

void check_sample(const Plan& plan, const Sample& sample) {
  check(sample.worker >= 0 && sample.worker < plan.workers, "Sample: worker out of the plan's range");
  check(sample.round >= 0, "Sample: rounds count from 0");
  check(sample.minibatch >= 0 && sample.minibatch < plan.minibatches, "Sample: minibatch out of the plan's range");
}

Sampler::Sampler(Shards shards, const Plan& plan) : shards_(std::move(shards)), plan_(plan) {
  validate(plan);
  check(shards_.size() == static_cast<std::size_t>(plan.workers), "Sampler: one shard per worker");
  for (const auto& shard : shards_) check(!shard.empty(), "Sampler: no shard is empty");
}

std::vector<std::int64_t> Sampler::indices(const Sample& sample) const {
  check_sample(plan_, sample);
  const std::vector<std::int64_t>& shard = shards_[static_cast<std::size_t>(sample.worker)];
  const auto size = static_cast<std::int64_t>(shard.size());
  const std::int64_t minibatch = std::int64_t{sample.round} * plan_.minibatches + sample.minibatch;
  std::int64_t position = minibatch * plan_.batch;
  std::vector<std::int64_t> chosen;
  chosen.reserve(static_cast<std::size_t>(plan_.batch));
  for (const std::int64_t end = position + plan_.batch; position < end;) {
    const std::int64_t epoch = position / size;
    const Permutation order(size, Random(plan_.seed, "minibatch order",
                                         {static_cast<std::uint64_t>(sample.worker), static_cast<std::uint64_t>(epoch)})
                                      .key());
    for (const std::int64_t stop = std::min(end, (epoch + 1) * size); position < stop; ++position) {
      chosen.push_back(shard[static_cast<std::size_t>(order(position % size))]);
    }
  }
  return chosen;
}

std::int64_t Sampler::samples_of(int worker) const {
  check_sample(plan_, {.worker = worker});
  return static_cast<std::int64_t>(shards_[static_cast<std::size_t>(worker)].size());
}

}  // namespace windtunnel::learning
