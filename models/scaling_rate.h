// How fast a function may grow: at most `environments` new instances per `window`, refilled continuously; what is not
// used in a window is not saved up (facts 5).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/fields.h"
#include "base/units.h"
#include "sim/time.h"

namespace windtunnel::models {

struct ScalingRate {
  std::int64_t environments = 1000;  ///< ≥ 1
  Duration window = std::chrono::seconds(10);
  void describe(Fields& f);
};

/// A full bucket of `environments` tokens at time 0, one more every window / environments, kept as the instant at which
/// the bucket will be full again: exact in whole nanoseconds, one number per function.
class ScalingLimiter {
 public:
  explicit ScalingLimiter(const ScalingRate& rate)
      : interval_(rate.window / rate.environments), window_(interval_ * rate.environments) {}

  /// Earliest time ≥ now at which an instance may be created.
  sim::Time next(sim::Time now) const { return std::max(now, full_at_ + interval_ - window_); }
  /// Notes the creation of an instance. Precondition: next(now) ≤ now.
  void take(sim::Time now) { full_at_ = std::max(now, full_at_) + interval_; }

 private:
  Duration interval_;
  Duration window_;
  sim::Time full_at_{};
};

}  // namespace windtunnel::models
