#include "models/distribution.h"

#include <array>

#include "base/error.h"
#include "models/distributions/constant.h"
#include "models/distributions/exponential.h"
#include "models/distributions/lognormal.h"
#include "models/distributions/normal.h"
#include "models/distributions/uniform.h"
#include "models/preset.h"

namespace windtunnel::models {

Family<Distribution> distributions() {
  static constexpr std::array<Option<Distribution>, 5> list{{
      option<Distribution, Constant>("constant", "always the same value"),
      option<Distribution, Uniform>("uniform", "any value between low and high"),
      option<Distribution, Exponential>("exponential", "memoryless, by its mean"),
      option<Distribution, Normal>("normal", "normal, negative draws drawn again"),
      option<Distribution, Lognormal>("lognormal", "long tail, by its median and 99th percentile"),
  }};
  return list;
}

Choice<Distribution> constant(Duration value) {
  return preset<Distribution, Duration>(distributions(), "constant", {{"value", value}});
}

Choice<Distribution> lognormal(LognormalSettings settings) {
  return preset<Distribution, Duration>(distributions(), "lognormal",
                                        {{"median", settings.median}, {"p99", settings.p99}});
}

Choice<Distribution> normal(NormalSettings settings) {
  return preset<Distribution, Duration>(distributions(), "normal", {{"mean", settings.mean}, {"sd", settings.sd}});
}

void require_sane(const Choice<Distribution>& distribution, std::string_view what) {
  const std::string fault = distribution->fault();
  if (!fault.empty()) throw InputError(std::string(what) + ": " + std::string(distribution.selected()) + ": " + fault);
}

}  // namespace windtunnel::models
