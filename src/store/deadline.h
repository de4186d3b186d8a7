// The moment at which a call gives up.
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>

#include "base/units.h"

namespace windtunnel::store {

class Deadline {
 public:
  explicit Deadline(Duration from_now) : at_(std::chrono::steady_clock::now() + from_now) {}
  bool passed() const { return std::chrono::steady_clock::now() >= at_; }
  /// What is left, for poll(): at least 0, rounded up.
  int milliseconds() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace windtunnel::store
