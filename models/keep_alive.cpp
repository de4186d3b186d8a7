#include "models/keep_alive.h"

#include <array>

#include "models/keep_alives/empirical.h"
#include "models/keep_alives/fixed.h"
#include "models/keep_alives/halving.h"
#include "models/preset.h"

namespace windtunnel::models {

Family<KeepAlive> keep_alives() {
  static constexpr std::array<Option<KeepAlive>, 3> list{{
      option<KeepAlive, Fixed>("fixed", "warm for a fixed time"),
      option<KeepAlive, Empirical>("empirical", "chance of cold by idle minute: 0.3 % at 5, 41 % at 6, 100 % at 7"),
      option<KeepAlive, Halving>("halving", "half of the idle instances evicted every 380 s"),
  }};
  return list;
}

Choice<KeepAlive> fixed_keep_alive(Duration lifetime) {
  return preset<KeepAlive, Duration>(keep_alives(), "fixed", {{"lifetime", lifetime}});
}

}  // namespace windtunnel::models
