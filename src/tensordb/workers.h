// The threads that do the work the main thread must not: first come, first served. Their stacks are deep, because the
// TorchScript compiler and interpreter recurse as deep as a program is nested, and a program is anybody's input.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "tensordb/scheduling.h"

namespace windtunnel::tensordb {

class Workers {
 public:
  /// Starts `threads` ≥ 1 threads, which live as long as the process. Throws std::system_error when it cannot.
  explicit Workers(int threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Queues `work`, which must not throw.
  void post(std::function<void()> work);
  /// The same, `n` times, for others than the caller, who is a worker or the main thread and goes on computing: they
  /// start on other processors where there are any. The kernel likes to wake a thread where its waker runs, and there
  /// it would wait until the caller has done all the work alone.
  void post_beside(std::size_t n, const std::function<void()>& work);
  int threads() const { return static_cast<int>(members_.size()); }
  std::size_t queued() const;
  /// Processor time of each thread so far, seconds.
  std::vector<double> processor_seconds() const;

  /// Runs `work` on a thread of its own with a deep stack and waits for it; exceptions come back to the caller.
  static void run_apart(const std::function<void()>& work);

 private:
  struct Member {
    Workers* workers = nullptr;
    pthread_t thread{};
    bool idle = false;
    bool moved = false;  // kept from a processor, until it wakes up
  };
  static void* loop(void* member);

  const Processors processors_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::vector<Member> members_;
};

}  // namespace windtunnel::tensordb
