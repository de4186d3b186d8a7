// Splits one computation over the workers. The result must not depend on who computes which part.
#pragma once

#include <cstddef>
#include <functional>

#include "tensordb/workers.h"

namespace windtunnel::tensordb {

/// Calls `work(i)` for every i in [0, parts), on this thread and on idle workers; returns when all are done, and throws
/// what one of them threw first. Never waits for a worker that has not begun, so a busy pool costs nothing but its
/// help.
void in_parallel(Workers& workers, std::size_t parts, const std::function<void(std::size_t)>& work);

}  // namespace windtunnel::tensordb
