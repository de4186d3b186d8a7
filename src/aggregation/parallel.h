// How a rule's work is shared out: the rule says what the parts are, the caller who does them. Promise: parts depend on
// the shape of the rows alone and are put together in a fixed order, so results do not depend on who computes which.
#pragma once

#include <cstddef>
#include <functional>

#include "base/interruption.h"

namespace windtunnel::aggregation {

/// Calls the work for every part in [0, parts), in any order and on any threads; returns when all are done, and throws
/// what one of them threw. An empty one stands for the caller's thread alone.
using Parallel = std::function<void(std::size_t parts, const std::function<void(std::size_t)>& work)>;

inline void in_parts(const Parallel& parallel, std::size_t parts, const std::function<void(std::size_t)>& work) {
  if (parallel && parts > 1) return parallel(parts, work);
  for (std::size_t i = 0; i < parts; ++i) {
    interruption_point();
    work(i);
  }
}

}  // namespace windtunnel::aggregation
