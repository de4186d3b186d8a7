// A fixed number of worker threads that run jobs first come, first served. The results of jobs must not depend on which
// thread runs them; `submit` hands back a future that also carries an exception thrown by the job.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace windtunnel {

class ThreadPool {
 public:
  /// Starts `threads` workers; precondition: at least one (checked).
  explicit ThreadPool(int threads);
  /// Runs what is queued to its end, then joins.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept { return static_cast<int>(workers_.size()); }

  template <class Job>
  std::future<std::invoke_result_t<Job>> submit(Job job) {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Job>()>>(std::move(job));
    auto future = task->get_future();
    push([task] { (*task)(); });
    return future;
  }

 private:
  void push(std::function<void()> work);
  void work();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace windtunnel
