// The chance of being cold after so many idle minutes, as measured in January 2021: 0.3 % at 5, 41 % at 6, 100 % at 7
// (facts 6), linear in between and from 0 % at 0. An idle spell's limit is drawn from that distribution by inversion.
#pragma once

#include <array>

#include "models/keep_alive.h"

namespace windtunnel::models {

class Empirical final : public KeepAlive {
 public:
  std::optional<Duration> lifetime(sim::RandomStream& stream) const override {
    const double chance = stream.uniform();
    std::size_t i = 1;
    while (points[i].cold <= chance) ++i;  // the last chance is 1 and uniform() < 1
    const Point& a = points[i - 1];
    const Point& b = points[i];
    return from_seconds(a.idle_s + (chance - a.cold) / (b.cold - a.cold) * (b.idle_s - a.idle_s));
  }

 private:
  struct Point {
    double idle_s, cold;
  };
  static constexpr std::array<Point, 4> points{{{0, 0}, {300, 0.003}, {360, 0.41}, {420, 1}}};
};

}  // namespace windtunnel::models
