// Any value between two limits, all equally likely.
#pragma once

#include "models/distribution.h"

namespace windtunnel::models {

class Uniform final : public Distribution {
 public:
  void describe(Fields& f) override {
    f("low", low_, "smallest draw", {.min = 0});
    f("high", high_, "largest draw, not below low", {.min = 0});
  }
  Duration sample(sim::RandomStream& stream) const override {
    return from_seconds(to_seconds(low_) + stream.uniform() * to_seconds(high_ - low_));
  }
  Duration mean() const override { return low_ + (high_ - low_) / 2; }
  std::string fault() const override { return high_ < low_ ? "high is below low" : ""; }

 private:
  Duration low_{0};
  Duration high_ = std::chrono::seconds(1);
};

}  // namespace windtunnel::models
