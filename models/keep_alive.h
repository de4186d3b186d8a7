// How long the platform keeps an idle instance warm. Three measured policies (facts 6), a family chosen by name.
#pragma once

#include <optional>

#include "base/fields.h"
#include "base/units.h"
#include "sim/random.h"

namespace windtunnel::models {

/// Every `period` the platform evicts this share of a function's idle instances, rounded up, oldest idle first.
struct Sweep {
  Duration period{};
  double share = 0;  ///< in (0, 1]
};

class KeepAlive {
 public:
  virtual ~KeepAlive() = default;
  virtual void describe(Fields&) {}
  /// How long the idle spell that begins now lasts unless a call or a sweep ends it; nullopt: without limit.
  virtual std::optional<Duration> lifetime(sim::RandomStream& stream) const = 0;
  /// The periodic eviction, if the policy has one. The period of a function starts when an instance of it becomes idle
  /// while none was.
  virtual std::optional<Sweep> sweep() const { return std::nullopt; }
};

/// fixed{lifetime = 10 min}; empirical: chance of being cold after idle minute 5 / 6 / 7 is 0.3 % / 41 % / 100 %,
/// linear in between; halving{period = 380 s, share = 0.5}.
Family<KeepAlive> keep_alives();

/// keep_alives()' `fixed` with this lifetime.
Choice<KeepAlive> fixed_keep_alive(Duration lifetime);

}  // namespace windtunnel::models
