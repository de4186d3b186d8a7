// A normal distribution of which only the part at or above 0 is used: negative draws are drawn again.
#pragma once

#include <cmath>
#include <numbers>

#include "models/distribution.h"

namespace windtunnel::models {

class Normal final : public Distribution {
 public:
  void describe(Fields& f) override {
    f("mean", mean_, "of the whole normal distribution, before negative values are cut off", {.min = 0});
    f("sd", sd_, "standard deviation of the whole normal distribution", {.min = 0});
  }

  Duration sample(sim::RandomStream& stream) const override {
    if (sd_ == Duration::zero()) return mean_;
    for (;;) {  // mean ≥ 0, so at least every other draw is taken
      const double s = stream.normal(to_seconds(mean_), to_seconds(sd_));
      if (s >= 0) return from_seconds(s);
    }
  }

  // Of the truncated distribution: mean + sd × φ(a) / Φ(a) with a = mean / sd.
  Duration mean() const override {
    if (sd_ == Duration::zero()) return mean_;
    const double a = to_seconds(mean_) / to_seconds(sd_);
    const double density = std::exp(-a * a / 2) / std::sqrt(2 * std::numbers::pi);
    const double above = std::erfc(-a / std::numbers::sqrt2) / 2;
    return mean_ + from_seconds(to_seconds(sd_) * density / above);
  }

 private:
  Duration mean_ = std::chrono::seconds(1);
  Duration sd_{0};
};

}  // namespace windtunnel::models
