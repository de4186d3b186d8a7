#include "learning/iid.h"

#include "learning/shards.h"

namespace windtunnel::learning {

Shards Iid::split(const PartitionInput& input) const {
  check_enough(input);
  Random random(input.seed, "iid partition");
  Shards shards(static_cast<std::size_t>(input.workers));
  std::size_t next = 0;
  for (std::int64_t sample : shuffled(static_cast<std::int64_t>(input.labels.size()), random)) {
    shards[next].push_back(sample);
    next = (next + 1) % shards.size();
  }
  return sorted(std::move(shards));
}

}  // namespace windtunnel::learning
