// Every idle instance stays warm for the same time (10 minutes as measured in 2019 and 2021, facts 6).
#pragma once

#include "models/keep_alive.h"

namespace windtunnel::models {

class Fixed final : public KeepAlive {
 public:
  void describe(Fields& f) override {
    f("lifetime", lifetime_, "how long an idle instance stays warm",
      {.min = 0, .above_min = true, .source = "facts 6"});
  }
  std::optional<Duration> lifetime(sim::RandomStream&) const override { return lifetime_; }

 private:
  Duration lifetime_ = std::chrono::minutes(10);
};

}  // namespace windtunnel::models
