// Always the same.
#pragma once

#include "models/distribution.h"

namespace windtunnel::models {

class Constant final : public Distribution {
 public:
  void describe(Fields& f) override { f("value", value_, "every draw", {.min = 0}); }
  Duration sample(sim::RandomStream&) const override { return value_; }
  Duration mean() const override { return value_; }

 private:
  Duration value_{0};
};

}  // namespace windtunnel::models
