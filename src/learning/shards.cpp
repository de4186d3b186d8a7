#include "learning/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace windtunnel::learning {

void check_enough(const PartitionInput& input) {
  check(input.workers >= 1, "Partition: at least one worker");
  if (input.labels.size() < static_cast<std::size_t>(input.workers)) {
    throw InputError(fmt::format("{} training samples cannot be dealt to {} workers: each needs at least one",
                                 input.labels.size(), input.workers));
  }
}

std::vector<std::int64_t> shuffled(std::int64_t n, Random& random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  // Fisher and Yates by hand: std::shuffle's use of its generator differs between libraries.
  for (std::size_t i = order.size(); i > 1; --i) {
    const boost::random::uniform_int_distribution<std::size_t> below(0, i - 1);
    std::swap(order[i - 1], order[below(random)]);
  }
  return order;
}

std::vector<std::vector<std::int64_t>> by_class(const PartitionInput& input, Random& random) {
  std::vector<std::vector<std::int64_t>> classes(static_cast<std::size_t>(input.classes));
  for (std::int64_t sample : shuffled(static_cast<std::int64_t>(input.labels.size()), random)) {
    const std::int64_t label = input.labels[static_cast<std::size_t>(sample)];
    check(label >= 0 && label < input.classes, "Partition: labels are in [0, classes)");
    classes[static_cast<std::size_t>(label)].push_back(sample);
  }
  return classes;
}

Shards sorted(Shards shards) {
  for (auto& shard : shards) std::sort(shard.begin(), shard.end());
  return shards;
}

}  // namespace windtunnel::learning
