// What a Byzantine worker sends instead of its update, or how it spoils its training data. Attacks are pure: the same
// arguments give the same forgery whatever was forged before; an attack that draws random numbers draws them from a
// counter-based generator named by (seed, worker, round).
#pragma once

#include <cstdint>
#include <span>

#include "aggregation/rows.h"
#include "base/fields.h"

namespace windtunnel::aggregation {

/// What the attacker knows when it forges.
struct AttackContext {
  Rows honest{};            ///< the updates of the honest workers of this round, all of length d; may be empty
  Row own{};                ///< what the attacker would send if it were honest, length d
  std::uint64_t seed = 0;   ///< of the run
  std::int64_t worker = 0;  ///< the attacker's number
  std::int64_t round = 0;
};

class Attack {
 public:
  virtual ~Attack() = default;

  /// The settings of the attack; none by default.
  virtual void describe(Fields&) {}
  /// Writes the forged update to `out`, length d (checked), which may be the storage of `own` but not of an honest
  /// update. By default the own update unchanged.
  virtual void forge(const AttackContext& context, std::span<float> out) const;
  /// True when the attack is on the attacker's training data: its labels pass through `label`, its updates are honest.
  virtual bool poisons_data() const { return false; }
  /// The label that the attacker trains with where the data says `label`, both in [0, classes).
  virtual std::int64_t label(std::int64_t label, [[maybe_unused]] std::int64_t classes) const { return label; }
};

}  // namespace windtunnel::aggregation
