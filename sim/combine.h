// Waiting for several tasks at once. The tasks run as children of the awaiting process, each a process of its own;
// those that are no longer wanted are killed. All of it is made of Scope.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "sim/scope.h"
#include "sim/simulation.h"
#include "sim/timer.h"

namespace windtunnel::sim {

/// Index of the first task to finish; the others are killed at that moment. An exception counts as finishing and is
/// thrown on. Precondition: at least one task (checked).
Task<std::size_t> any_of(Simulation& simulation, std::vector<Task<>> tasks);

/// All tasks have finished. The first exception kills the rest and is thrown on.
Task<> all_of(Simulation& simulation, std::vector<Task<>> tasks);

namespace detail {

template <class T>
Task<> keep(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

inline Task<> keep(Task<> task, bool& finished) {
  co_await std::move(task);
  finished = true;
}

/// Runs `task` for at most `limit`; kills it then.
Task<> run_for(Simulation& simulation, Task<> task, Duration limit);

}  // namespace detail

/// The task's result, or none if it has not finished within `limit` ≥ 0 (checked) and was killed.
template <class T>
Task<std::optional<T>> with_timeout(Simulation& simulation, Task<T> task, Duration limit) {
  std::optional<T> result;
  co_await detail::run_for(simulation, detail::keep(std::move(task), result), limit);
  co_return result;
}

/// Whether the task finished within `limit`; if not, it was killed.
Task<bool> with_timeout(Simulation& simulation, Task<> task, Duration limit);

}  // namespace windtunnel::sim
