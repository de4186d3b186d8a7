// How a person ends a run before its time.
#pragma once

#include <atomic>
#include <stdexcept>

namespace windtunnel::experiment {

/// Set from a signal handler; looked at after every round, and every so many events.
using StopFlag = std::atomic<bool>;

/// Ends a run under way. Not an Error: nothing went wrong.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

}  // namespace windtunnel::experiment
