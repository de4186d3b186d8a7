// What a Byzantine worker sends instead of its update, or how it spoils its training data. Attacks are pure: the same
// arguments give the same forgery whatever was forged before; an attack that draws random numbers draws them from a
// counter-based generator named by (seed, worker, round).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "aggregation/rows.h"
#include "base/fields.h"

namespace windtunnel::aggregation {

class Rule;

/// Whose updates of this round an attacker sees before it sends its own.
enum class Knowledge : int {
  own,        ///< its own only
  colluders,  ///< what the Byzantine workers would send if they were honest
  all,        ///< those of the honest workers, so it sends last
};
inline constexpr std::array<std::string_view, 3> knowledge_words{"own", "colluders", "all"};

/// What an attack looks at besides the own update.
struct Sight {
  Knowledge knowledge = Knowledge::own;  ///< whose updates it wants in AttackContext::honest
  std::int64_t least = 0;                ///< how many it needs of them; `forge` throws InputError when there are fewer
  bool rule = false;                     ///< cannot do without AttackContext::rule
  bool previous = false;                 ///< uses AttackContext::previous
};

/// What the attacker knows when it forges.
struct AttackContext {
  Rows honest{};            ///< the updates that its sight() says, all of length d; empty: the own one is all it knows
  Row own{};                ///< what the attacker would send if it were honest, length d
  std::uint64_t seed = 0;   ///< of the run
  std::int64_t worker = 0;  ///< the attacker's number
  std::int64_t round = 0;
  std::int64_t byzantine = 1;  ///< Byzantine workers of this round, itself among them: they send the same where they can
  std::int64_t workers = 0;    ///< all that send an update this round; 0: not known
  Row previous{};              ///< the last aggregate, which all workers know; empty in the first round
  const Rule* rule = nullptr;  ///< what will combine the updates; null: not known
};

class Attack {
 public:
  virtual ~Attack() = default;

  /// The settings of the attack; none by default.
  virtual void describe(Fields&) {}
  /// Writes the forged update to `out`, length d (checked), which may be the storage of `own` but not of an honest
  /// update. By default the own update unchanged.
  virtual void forge(const AttackContext& context, std::span<float> out) const;
  /// What `forge` wants in the context besides the own update: an architecture asks, and lets the attacker wait for it.
  virtual Sight sight() const { return {}; }
  /// True when the attack is on the attacker's training data: its labels pass through `label`, its updates are honest.
  virtual bool poisons_data() const { return false; }
  /// The label that the attacker trains with where the data says `label`, both in [0, classes).
  virtual std::int64_t label(std::int64_t label, [[maybe_unused]] std::int64_t classes) const { return label; }
};

}  // namespace windtunnel::aggregation
