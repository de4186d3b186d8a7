// How long a new instance waits because others start at the same time: w functions started at once are all there after
// 1.2 ± 0.1, 11 ± 1, 18 ± 1 and 35 ± 3 s for w = 10, 50, 100, 200 (LambdaML, arXiv 2105.07806, table of constants; AWS
// Lambda, 2020). The k-th start under way waits by this table, less the cold start of a function alone; linear in between
// and beyond. Loading its package and INIT come on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "sim/time.h"

namespace windtunnel::models {

enum class StartGrowth : int { measured, none };

/// What the k-th of instances that start at once waits, k from 1; the first does not.
Duration start_wait(std::int64_t k);

/// The starts of a region that are under way: each until its wait is over.
class Starts {
 public:
  explicit Starts(StartGrowth growth) : growth_(growth) {}

  /// An instance starts now and waits so long. `now` never goes back.
  Duration add(sim::Time now);
  /// Starts under way; those of the present instant count.
  std::size_t under_way() const noexcept { return waits_.size(); }

 private:
  StartGrowth growth_;
  std::vector<sim::Time> waits_;  // their ends, a heap with the earliest on top
};

}  // namespace windtunnel::models
