// Real computation on the pool while the simulated clock goes on.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>

#include "base/units.h"

namespace windtunnel::architectures {

/// Real work under way on the pool; empty where nothing is really computed. A process that is killed takes its work with
/// it: the destructor calls off what has not begun and waits for what has, so nothing of it is seen later.
class RealWork {
 public:
  RealWork() = default;
  /// `called_off` is looked at by the work before it begins.
  RealWork(std::future<Duration> future, std::shared_ptr<std::atomic<bool>> called_off)
      : future_(std::move(future)), called_off_(std::move(called_off)) {}
  RealWork(RealWork&&) = default;
  /// Ends what was there before as the destructor does.
  RealWork& operator=(RealWork&& other) noexcept;
  ~RealWork() { call_off(); }

  bool real() const { return future_.valid() || measured_.has_value(); }
  /// Waits for the end and rethrows what went wrong. Idempotent.
  void finish();
  /// finish(), and how long the work took on this machine.
  Duration measured();

 private:
  void call_off() noexcept;

  std::future<Duration> future_;
  std::shared_ptr<std::atomic<bool>> called_off_;
  std::optional<Duration> measured_;
};

}  // namespace windtunnel::architectures
