// The threads that do the work the main thread must not: first come, first served. Their stacks are deep, because the
// TorchScript compiler and interpreter recurse as deep as a program is nested, and a program is anybody's input.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace windtunnel::tensordb {

class Workers {
 public:
  /// Starts `threads` ≥ 1 threads, which live as long as the process. Throws std::system_error when it cannot.
  explicit Workers(int threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Queues `work`, which must not throw.
  void post(std::function<void()> work);
  int threads() const { return threads_; }
  std::size_t queued() const;

  /// Runs `work` on a thread of its own with a deep stack and waits for it; exceptions come back to the caller.
  static void run_apart(const std::function<void()>& work);

 private:
  static void* loop(void* self);

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  int threads_ = 0;
};

}  // namespace windtunnel::tensordb
