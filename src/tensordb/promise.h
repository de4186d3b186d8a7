// A value that is there before it is computed: the work is settled and cannot fail, and is done by whoever comes first,
// the worker that it was given to or a reader who cannot wait for that worker. This is what lets an update write into
// the memory of the value it replaces: the key holds the new value from the moment of the command on, and nobody can
// reach the old one any more.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

namespace windtunnel::tensordb {

class Promise {
 public:
  /// `work` must not throw: a step half done cannot be taken back, so that would end the server, as every failure to
  /// allocate a few bytes ends Redis. Call under the server's lock. A process that is forked under that lock later on
  /// finds every promise kept: it has none of the threads that could be in the middle of one.
  static std::shared_ptr<Promise> of(std::function<void()> work);

  /// Does the work, or waits until it is done by the thread that is at it. From any thread, with the server's lock or
  /// without: the work needs none. What the work held is let go before anybody sees it done.
  void keep();
  bool kept() const { return state_.load(std::memory_order_acquire) == State::kept; }

  explicit Promise(std::function<void()> work) : work_(std::move(work)) {}

 private:
  enum class State : int { open, at_work, kept };
  std::function<void()> work_;
  std::atomic<State> state_ = State::open;
};

}  // namespace windtunnel::tensordb
