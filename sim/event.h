// A condition that processes wait for. While it is set, waiting takes no time and no event.
#pragma once

#include "sim/simulation.h"

namespace windtunnel::sim {

class Event {
 public:
  explicit Event(Simulation&) noexcept {}

  /// Everyone who waits goes on at the present instant, in the order they began to wait. Stays set until reset().
  void set() {
    set_ = true;
    waiting_.wake_all();
  }
  /// Those already woken still go on.
  void reset() noexcept { set_ = false; }
  bool is_set() const noexcept { return set_; }

  class Wait : private detail::Waiter {
   public:
    explicit Wait(Event& event) noexcept : event_(event) {}
    bool await_ready() const noexcept { return event_.set_; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> waiting) noexcept {
      wait(event_.waiting_, waiting.address());
    }
    void await_resume() noexcept { resumed(); }

   private:
    Event& event_;
  };
  Wait operator co_await() noexcept { return Wait(*this); }

 private:
  detail::WaitList waiting_;
  bool set_ = false;
};

}  // namespace windtunnel::sim
