// The idle instances of one function, most recently used on top. Taking and giving back cost the same whatever their
// number, and no event is scheduled: an instance that went cold meanwhile is found out, with the exact time, the next
// time that anyone looks (every member that takes `now` looks first, and tells `retire(instance, when)` of each one
// that is gone).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/keep_alive.h"
#include "sim/random.h"
#include "sim/time.h"

namespace windtunnel::models {

class WarmPool {
 public:
  explicit WarmPool(const KeepAlive& policy) : policy_(&policy), sweep_(policy.sweep()) {}

  /// The most recently used instance that is still warm.
  template <class Retire>
  std::optional<std::uint32_t> take(sim::Time now, Retire&& retire) {
    settle(now, retire);
    if (idle_.empty()) return std::nullopt;
    const std::uint32_t instance = idle_.back().instance;
    idle_.pop_back();
    return instance;
  }

  /// `instance` becomes idle.
  template <class Retire>
  void give(std::uint32_t instance, sim::Time now, sim::RandomStream& stream, Retire&& retire) {
    settle(now, retire);
    const std::optional<Duration> lifetime = policy_->lifetime(stream);
    const sim::Time until = lifetime ? now + *lifetime : sim::Time::max();
    if (idle_.empty()) next_sweep_ = sweep_ ? now + sweep_->period : sim::Time::max(), next_change_ = next_sweep_;
    idle_.push_back({instance, until});
    next_change_ = std::min(next_change_, until);
  }

  /// Retires what is no longer warm at `now`. An instance whose time is up at this very instant is gone.
  template <class Retire>
  void settle(sim::Time now, Retire&& retire) {
    if (now < next_change_ || idle_.empty()) [[likely]]
      return;
    while (next_sweep_ <= now && !idle_.empty()) {
      expire(next_sweep_, retire);
      evict(next_sweep_, retire);
      next_sweep_ += sweep_->period;
    }
    expire(now, retire);
  }

  std::size_t size() const noexcept { return idle_.size(); }

 private:
  struct Idle {
    std::uint32_t instance;
    sim::Time until;
  };

  template <class Retire>
  void expire(sim::Time now, Retire&& retire) {
    next_change_ = next_sweep_;
    std::size_t kept = 0;
    for (const Idle& idle : idle_) {
      if (idle.until <= now) {
        retire(idle.instance, idle.until);
      } else {
        next_change_ = std::min(next_change_, idle.until);
        idle_[kept++] = idle;
      }
    }
    idle_.resize(kept);
  }

  template <class Retire>
  void evict(sim::Time when, Retire&& retire) {
    // Rounded up, but not for what is only the product's rounding error: 0.55 × 100 are 55.
    const auto count = static_cast<std::ptrdiff_t>(std::ceil(sweep_->share * static_cast<double>(idle_.size()) - 1e-9));
    for (std::ptrdiff_t i = 0; i < count; ++i) retire(idle_[static_cast<std::size_t>(i)].instance, when);
    idle_.erase(idle_.begin(), idle_.begin() + count);
  }

  const KeepAlive* policy_;
  std::optional<Sweep> sweep_;
  std::vector<Idle> idle_;  // oldest idle first
  sim::Time next_sweep_ = sim::Time::max();
  sim::Time next_change_ = sim::Time::max();  // no later than the next instant at which one goes cold
};

}  // namespace windtunnel::models
