// How far workers of a parameter server may drift apart: not at all (rounds), or by a bounded number of rounds.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fields.h"

namespace windtunnel::architectures {

class Synchronization {
 public:
  virtual ~Synchronization() = default;
  virtual void describe(Fields&) {}
  /// Rounds a worker may be ahead of the slowest; none: all wait for all after each round.
  virtual std::optional<std::int64_t> staleness() const = 0;
};

/// synchronous; asynchronous{staleness}: the server applies each update when it comes, divided by the number of workers
/// (so that a round of all moves the model as far as a synchronous one), and a worker waits only when it is `staleness`
/// rounds ahead of the slowest (Ho et al., More effective distributed ML via a stale synchronous parallel parameter server,
/// NIPS 2013).
Family<Synchronization> synchronizations();

}  // namespace windtunnel::architectures
