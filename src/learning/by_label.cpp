#include "learning/by_label.h"

#include <fmt/format.h>

#include "base/error.h"
#include "learning/shards.h"

namespace windtunnel::learning {

void ByLabel::describe(Fields& f) {
  f("labels_per_worker", labels_per_worker, "classes that each worker holds", {.min = 1, .max = 1000});
}

Shards ByLabel::split(const PartitionInput& input) const {
  check_enough(input);
  if (labels_per_worker > input.classes) {
    throw InputError(fmt::format("by_label: labels_per_worker is {}, the data have {} classes only", labels_per_worker,
                                 input.classes));
  }
  if (labels_per_worker * input.workers < input.classes) {
    throw InputError(fmt::format(
        "by_label: {} workers with {} classes each cannot hold all {} classes; "
        "labels_per_worker must be at least {}",
        input.workers, labels_per_worker, input.classes, (input.classes + input.workers - 1) / input.workers));
  }
  Random random(input.seed, "by_label partition");
  const auto members = by_class(input, random);
  const std::vector<std::int64_t> order = shuffled(input.classes, random);

  std::vector<std::vector<std::size_t>> holders(members.size());
  for (int worker = 0; worker < input.workers; ++worker) {
    for (std::int64_t k = 0; k < labels_per_worker; ++k) {
      const auto place = static_cast<std::size_t>((worker * labels_per_worker + k) % input.classes);
      holders[static_cast<std::size_t>(order[place])].push_back(static_cast<std::size_t>(worker));
    }
  }
  Shards shards(static_cast<std::size_t>(input.workers));
  for (std::size_t label = 0; label < members.size(); ++label) {
    for (std::size_t i = 0; i < members[label].size(); ++i) {
      shards[holders[label][i % holders[label].size()]].push_back(members[label][i]);
    }
  }
  for (std::size_t worker = 0; worker < shards.size(); ++worker) {
    if (shards[worker].empty()) {
      throw InputError(
          fmt::format("by_label: the classes of worker {} have too few samples for the workers that share "
                      "them; use more samples, fewer workers or a larger labels_per_worker",
                      worker));
    }
  }
  return sorted(std::move(shards));
}

}  // namespace windtunnel::learning
