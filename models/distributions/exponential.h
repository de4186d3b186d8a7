// Without memory: density exp(−t / mean) / mean.
#pragma once

#include "models/distribution.h"

namespace windtunnel::models {

class Exponential final : public Distribution {
 public:
  void describe(Fields& f) override { f("mean", mean_, "expected value", {.min = 0, .above_min = true}); }
  Duration sample(sim::RandomStream& stream) const override {
    return from_seconds(stream.exponential(to_seconds(mean_)));
  }
  Duration mean() const override { return mean_; }

 private:
  Duration mean_ = std::chrono::seconds(1);
};

}  // namespace windtunnel::models
