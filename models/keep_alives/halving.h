// Half of a function's idle instances are evicted every 380 s, rounded up, those that have been idle longest first
// (SeBS, facts 6, unverified).
#pragma once

#include "models/keep_alive.h"

namespace windtunnel::models {

class Halving final : public KeepAlive {
 public:
  void describe(Fields& f) override {
    f("period", period_, "time between evictions", {.min = 0, .above_min = true, .source = "facts 6, unverified"});
    f("share", share_, "share of the idle instances evicted each time",
      {.min = 0, .max = 1, .above_min = true, .source = "facts 6, unverified"});
  }
  std::optional<Duration> lifetime(sim::RandomStream&) const override { return std::nullopt; }
  std::optional<Sweep> sweep() const override { return Sweep{period_, share_}; }

 private:
  Duration period_ = std::chrono::seconds(380);
  double share_ = 0.5;
};

}  // namespace windtunnel::models
