// Work that goes on after its worker crashed and came back.
#pragma once

#include <functional>

#include "architectures/training.h"

namespace windtunnel::architectures {

/// What a crash and a recovery mean to the worker besides losing its work under way. Either may be empty.
struct CrashHooks {
  std::function<void()> crashed;
  std::function<sim::Task<>()> recovered;
};

/// Runs `work` to its end. A crash of `target` (by the clock, or at the start of the context's round) kills it; after the
/// recovery it is begun again. False when the target crashed and does not come back.
sim::Task<bool> survive(Training& training, models::Target target, models::Context context,
                        std::function<sim::Task<>()> work, CrashHooks hooks = {});

}  // namespace windtunnel::architectures
