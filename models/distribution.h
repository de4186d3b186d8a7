// Random durations: how long a start, a boot or an answer takes. A family chosen by name in the scenario.
// A sample is never negative, and depends on the stream only.
#pragma once

#include <string>

#include "base/fields.h"
#include "base/units.h"
#include "sim/random.h"

namespace windtunnel::models {

class Distribution {
 public:
  virtual ~Distribution() = default;
  virtual void describe(Fields&) {}
  /// One draw, ≥ 0.
  virtual Duration sample(sim::RandomStream& stream) const = 0;
  /// The expected value of `sample`.
  virtual Duration mean() const = 0;
  /// What is wrong with the settings taken together ("p99 is below the median"), or empty.
  virtual std::string fault() const { return {}; }
};

/// constant, uniform, exponential, normal (truncated at 0), lognormal (by median and p99).
Family<Distribution> distributions();

/// `distributions()` with the named member's settings filled in, for defaults and tests. No randomness: always `value`.
Choice<Distribution> constant(Duration value);

struct LognormalSettings {
  Duration median, p99;
};
Choice<Distribution> lognormal(LognormalSettings settings);

struct NormalSettings {
  Duration mean, sd;
};
Choice<Distribution> normal(NormalSettings settings);

/// Throws InputError `<what>: <fault>` when the chosen distribution's settings do not fit together.
void require_sane(const Choice<Distribution>& distribution, std::string_view what);

}  // namespace windtunnel::models
