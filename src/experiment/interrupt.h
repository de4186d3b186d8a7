// How a person ends a run, or any other command, before its time.
#pragma once

#include <atomic>
#include <stdexcept>

#include "base/interruption.h"

namespace windtunnel::experiment {

/// Set from a signal handler; looked at after every round, every so many events, and at every interruption point.
using StopFlag = std::atomic<bool>;

/// Ends a run under way. Not an Error: nothing went wrong.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

/// Watch of a thread that works on what the flag ends (base/interruption.h): throws Interrupted when it is set.
inline Watch watch_of(const StopFlag& stop) {
  return [&stop] {
    if (stop) throw Interrupted();
  };
}

}  // namespace windtunnel::experiment
