// How a coroutine waits for something other than time: its awaiter is a node of an intrusive list, so waiting allocates
// nothing, and an awaiter that is destroyed (its process was killed) takes itself off.
#pragma once

namespace windtunnel::sim {

class Simulation;

namespace detail {

class WaitList;

/// One wait. It begins idle; `wait` puts it on a list; `wake` takes it off and queues its coroutine at the present
/// instant; `resumed` is called by the awaiter when the coroutine goes on. Destroyed on a list: leaves it. Destroyed
/// after the wake, before the coroutine went on: its event vanishes.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (frame_ != nullptr) [[unlikely]]
      cancel();
  }

 protected:
  /// Woken, and the coroutine has not gone on yet.
  bool woken() const noexcept { return frame_ != nullptr && list_ == nullptr; }
  bool waiting() const noexcept { return list_ != nullptr; }
  /// What the destructor does; for awaiters that have more to do after it. Precondition: woken or waiting.
  void cancel() noexcept;
  void wait(WaitList& list, void* frame) noexcept;
  void resumed() noexcept { frame_ = nullptr; }

 private:
  friend class WaitList;

  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
  WaitList* list_ = nullptr;
  void* frame_ = nullptr;  // of the waiting coroutine; null when it does not wait
};

/// Waits in the order they began.
class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  /// Waits still here will never be woken; they may outlive the list.
  ~WaitList() {
    while (first_ != nullptr) forget_first();
  }

  bool empty() const noexcept { return first_ == nullptr; }
  Waiter* first() const noexcept { return first_; }
  /// Queues the first waiter's coroutine at the present instant. Precondition: not empty.
  void wake_first();
  void wake_all() {
    while (first_ != nullptr) wake_first();
  }

 private:
  friend class Waiter;
  void append(Waiter& waiter) noexcept;
  void remove(Waiter& waiter) noexcept;
  void forget_first() noexcept;

  Waiter* first_ = nullptr;  // its previous_ is the last; the next_ of the last is null
};

}  // namespace detail
}  // namespace windtunnel::sim
