// The logarithm is normal: what latencies look like. Given by two figures that measurements report, the median and the
// 99th percentile: mu = ln median, sigma = ln(p99 / median) / z with z = 2.3263, the 99 % point of the standard normal.
#pragma once

#include <cmath>
#include <optional>

#include "models/distribution.h"

namespace windtunnel::models {

class Lognormal final : public Distribution {
 public:
  void describe(Fields& f) override {
    f("median", median_, "half of the draws are below", {.min = 0, .above_min = true});
    f("p99", p99_, "99 % of the draws are below; unset: 1.583 × median, as in 570 / 360 ms",
      {.min = 0, .above_min = true, .source = "facts 6"});
  }

  Duration sample(sim::RandomStream& stream) const override {
    return from_seconds(stream.lognormal(std::log(to_seconds(median_)), sigma()));
  }
  Duration mean() const override { return from_seconds(to_seconds(median_) * std::exp(sigma() * sigma() / 2)); }
  std::string fault() const override { return p99_ && *p99_ < median_ ? "p99 is below the median" : ""; }

 private:
  double sigma() const {
    const double ratio = p99_ ? to_seconds(*p99_) / to_seconds(median_) : 570.0 / 360.0;
    return std::log(ratio) / 2.3263478740408408;
  }

  Duration median_ = std::chrono::milliseconds(100);
  std::optional<Duration> p99_;
};

}  // namespace windtunnel::models
