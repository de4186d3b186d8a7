// A bounded number of processes that work through a row of items.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "sim/scope.h"
#include "sim/simulation.h"

namespace windtunnel::sim {

namespace detail {

template <class Body>
Task<> work_off(std::int64_t& next, std::int64_t count, Body& body) {
  while (next < count) co_await body(next++);
}

}  // namespace detail

/// Runs the tasks body(0) … body(count − 1), each begun in its order as soon as fewer than `limit` are under way. The first
/// exception kills the others and is thrown on. Preconditions: count ≥ 0, limit > 0 (checked). Memory is in proportion to
/// `limit`, not to `count`: a task is made when its turn has come.
template <class Body>
Task<> for_each(Simulation& simulation, std::int64_t count, std::int64_t limit, Body body) {
  check(count >= 0 && limit > 0, "for_each: a count from 0 and a limit above 0");
  std::int64_t next = 0;
  Scope workers(simulation);
  for (std::int64_t w = 0; w < std::min(count, limit); ++w) workers.spawn(detail::work_off(next, count, body));
  co_await workers.join();
}

}  // namespace windtunnel::sim
