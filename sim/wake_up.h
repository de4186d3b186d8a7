// What one process waits for and somebody else brings about, once. An Event for many would cost each wait a list.
#pragma once

#include "sim/simulation.h"

namespace windtunnel::sim {

/// `co_await` goes on at the present instant once `set` was called; at once when it was called before. One process waits.
class WakeUp {
 public:
  explicit WakeUp(Simulation& simulation) noexcept : simulation_(simulation) {}
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  /// No effect when it is set.
  void set() {
    if (set_) return;
    set_ = true;
    if (frame_ != nullptr) simulation_.push_present(frame_);
  }
  bool is_set() const noexcept { return set_; }

  class Wait {
   public:
    explicit Wait(WakeUp& wake_up) noexcept : wake_up_(wake_up) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      if (wake_up_.frame_ != nullptr) [[unlikely]]
        wake_up_.give_up();
    }
    bool await_ready() const noexcept { return wake_up_.set_; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> frame) noexcept {
      wake_up_.frame_ = frame.address();
    }
    void await_resume() noexcept { wake_up_.frame_ = nullptr; }

   private:
    WakeUp& wake_up_;
  };
  Wait operator co_await() noexcept { return Wait(*this); }

 private:
  /// The process was killed while it waited, or after it was woken and before it went on.
  void give_up() noexcept {
    if (set_) simulation_.bury_present(frame_);
    frame_ = nullptr;
  }

  Simulation& simulation_;
  void* frame_ = nullptr;  // of the process that waits
  bool set_ = false;
};

}  // namespace windtunnel::sim
