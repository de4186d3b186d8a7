// A delay that somebody else may end before its time.
#pragma once

#include <cstdint>

#include "sim/simulation.h"

namespace windtunnel::sim {

/// Awaited once by one process; `end` and `move` may be called by anybody meanwhile. Waiting takes one event, however it ends.
/// `co_await` gives whether the time had come: false when `end` was called.
class BreakableDelay {
 public:
  BreakableDelay(Simulation& simulation, Time until) noexcept : simulation_(simulation), until_(until) {}
  BreakableDelay(const BreakableDelay&) = delete;
  BreakableDelay& operator=(const BreakableDelay&) = delete;
  ~BreakableDelay() {
    if (frame_ != nullptr) [[unlikely]]
      simulation_.bury(until_, frame_);
  }

  Time until() const noexcept { return until_; }
  bool waiting() const noexcept { return frame_ != nullptr && !ended_; }
  /// The process goes on at the present instant. Precondition: waiting.
  void end() {
    move(simulation_.now());
    ended_ = true;
  }
  /// Another time ≥ now. Precondition: waiting.
  void move(Time until) {
    simulation_.bury(until_, frame_);
    until_ = until;
    simulation_.push(until_, frame_);
  }

  static bool await_ready() noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> frame) {
    frame_ = frame.address();
    simulation_.push(until_, frame_);
  }
  bool await_resume() noexcept {
    frame_ = nullptr;
    return !ended_;
  }

 private:
  Simulation& simulation_;
  Time until_;
  void* frame_ = nullptr;
  bool ended_ = false;
};

}  // namespace windtunnel::sim
