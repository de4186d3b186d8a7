// Task<T>: a coroutine that has not started yet. `co_await std::move(task)` or `co_await f()` runs it as part of the
// awaiting process and gives its result; an exception that leaves it is thrown to the awaiter. A process is a Task<>
// handed to Simulation::spawn or Scope::spawn.
//
// A task starts only when it is awaited or spawned; a Task that is destroyed before that only gives its memory back.
// Chains of tasks use no stack, whatever their depth and whatever the optimizer does: the kernel resumes each frame
// from its own loop. Arguments by reference must outlive the task, as for every coroutine; a lambda with captures must
// outlive it too.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "sim/frame_pool.h"

namespace windtunnel::sim {

template <class T = void>
class Task;

namespace detail {

struct ProcessLink;
class ProcessGroup;

/// What a frame that suspends or ends tells the loop that resumed it.
struct Trampoline {
  void* next = nullptr;          ///< frame to resume at once, in the same process
  ProcessLink* ended = nullptr;  ///< the running process, when its root has reached its end
  std::exception_ptr error;      ///< what escaped from it, if anything
  bool attention = false;        ///< anything to settle after this event: an end, a kill put off, a stop
};

/// The part of a process that its frames know. See process.h.
struct ProcessLink {
  ProcessGroup* group = nullptr;  ///< null when ended
  void* leaf = nullptr;           ///< innermost frame: the one that waits, or runs
};

/// The end of a parent's `co_await task`: which frame waits for which.
struct Awaiting {
  void* child = nullptr;  ///< owned
  void* parent = nullptr;
  std::exception_ptr error;  ///< what escaped from the child, if anything
};

/// Of the simulation that runs on this thread: a frame on its way need not look for its own, which would be two cache
/// misses where there are thousands of processes.
extern constinit thread_local Trampoline* running;

/// First part of every promise, so that the kernel finds it from the address of any frame.
struct PromiseBase {
  Awaiting* awaiting = nullptr;    ///< null for the root of a process
  ProcessLink* process = nullptr;  ///< from the start on
  std::uint32_t label = 0;         ///< of the process, for the trajectory; kept here to spare the kernel a cache miss

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { release_frame(frame, size); }

  struct FinalAwaiter {
    static bool await_ready() noexcept { return false; }
    template <class Promise>
    static void await_suspend(std::coroutine_handle<Promise> frame) noexcept {
      frame.promise().finish();
    }
    static void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    (awaiting != nullptr ? awaiting->error : running->error) = std::current_exception();
  }

  void finish() noexcept {
    if (awaiting != nullptr) {
      process->leaf = running->next = awaiting->parent;
    } else {
      running->ended = process;
      running->attention = true;
    }
  }
};

/// The promise of any frame of ours. Its place in the frame depends on its alignment only (up to 16).
inline PromiseBase& promise_of(void* frame) noexcept {
  return std::coroutine_handle<PromiseBase>::from_address(frame).promise();
}
inline void resume(void* frame) { std::coroutine_handle<>::from_address(frame).resume(); }
inline void destroy(void* frame) noexcept { std::coroutine_handle<>::from_address(frame).destroy(); }

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object() noexcept;
  template <class U>
  requires std::is_constructible_v<T, U&&>
  void return_value(U&& result) { value.emplace(std::forward<U>(result)); }
  T result() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void result() const noexcept {}
};

template <class T>
class TaskAwaiter : private Awaiting {
 public:
  explicit TaskAwaiter(void* task) noexcept : Awaiting{task, nullptr, nullptr} {}
  TaskAwaiter(const TaskAwaiter&) = delete;
  TaskAwaiter& operator=(const TaskAwaiter&) = delete;
  ~TaskAwaiter() {
    if (child != nullptr) destroy(child);
  }

  static bool await_ready() noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) noexcept {
    const PromiseBase& mine = waiting.promise();
    PromiseBase& started = promise_of(child);
    parent = waiting.address();
    started.awaiting = this;
    started.process = mine.process;
    started.label = mine.label;
    mine.process->leaf = child;
    running->next = child;
  }
  T await_resume() {
    if (error) std::rethrow_exception(std::move(error));
    return std::coroutine_handle<Promise<T>>::from_address(child).promise().result();
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task() noexcept = default;  ///< empty: may only be assigned to or destroyed
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_ != nullptr) detail::destroy(frame_);
  }

  explicit operator bool() const noexcept { return frame_ != nullptr; }

  /// Precondition: not empty (checked).
  auto operator co_await() && {
    check(frame_ != nullptr, "a task can be awaited once only");
    return detail::TaskAwaiter<T>(std::exchange(frame_, nullptr));
  }

  /// For the kernel: the frame, with its ownership.
  void* release() noexcept { return std::exchange(frame_, nullptr); }

 private:
  friend promise_type;
  explicit Task(void* frame) noexcept : frame_(frame) {}

  void* frame_ = nullptr;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  static_assert(alignof(Promise<T>) <= 16, "frames are aligned to 16 and promise_of relies on it");
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this).address());
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this).address());
}

}  // namespace detail
}  // namespace windtunnel::sim
