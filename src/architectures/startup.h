// The beginning of a run: all that is rented starts at once, and training begins when the last of it is there.
#pragma once

#include <vector>

#include "architectures/training.h"

namespace windtunnel::architectures {

/// Somebody who takes part in the training, and what has to start for that; no task: nothing, it only waits for the others.
struct Starting {
  models::ActorId actor = 0;
  sim::Task<> start;
  bool by_itself = true;  ///< the start is the actor's own boot; else it waits in a span `ready` for that, too
};

/// Whoever has started before the last one waits in a span `ready`. Only then is there anybody who may crash: lifelines begin
/// after it.
sim::Task<> start_up(Training& training, std::vector<Starting> all);

}  // namespace windtunnel::architectures
