#include "models/scaling_rate.h"

namespace windtunnel::models {

void ScalingRate::describe(Fields& f) {
  f("environments", environments, "new instances of one function per window", {.min = 1, .source = "facts 5"});
  f("window", window, "length of the window; refilled continuously",
    {.min = 0, .above_min = true, .source = "facts 5"});
}

}  // namespace windtunnel::models
