// Byzantine workers at the moment when they send: what they have seen of the round, and what they make of it.
// Promise: an attacker sees the updates that its attack's sight() names, of all who take part in the round, and so sends after
// them (a rushing adversary: the wait is on the clock); it forges on the pool, and what it forges depends on those updates,
// whenever they came. What it takes to see and to forge is the attacker's own affair: nobody pays for it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "architectures/training.h"
#include "sim/event.h"

namespace windtunnel::architectures {

class Attackers {
 public:
  using Workers = std::vector<std::int64_t>;

  /// `rule` combines the updates; it outlives this.
  Attackers(Training& training, const aggregation::Rule& rule)
      : t_(training), rule_(rule), sight_(training.attack()->sight()), changed_(training.simulation) {}

  /// What an architecture that uses this shows to attackers.
  static constexpr aggregation::Sight shown{.knowledge = aggregation::Knowledge::all, .rule = true, .previous = true};

  /// The worker has its update of the round, and would send it if it were honest; what it says first counts. Null where
  /// nothing is real.
  void ready(std::int64_t worker, std::int64_t round, const Tensor& own);
  /// Others may have left the round.
  void others_changed();
  /// Waits until all is there that the attacker looks at. `taking_part` is asked as often as somebody is ready or leaves; those
  /// whom it does not name are not waited for.
  sim::Task<> look(std::int64_t attacker, std::int64_t round, std::function<Workers()> taking_part);
  /// Begins to forge the attacker's update of the round, from what is there now; `done` gets it, on the pool.
  struct Forging {
    std::int64_t attacker = 0, round = 0;
    Workers taking_part;
    Tensor previous;  ///< the aggregate of the round before; null in the first
  };
  RealWork forge(Forging forging, std::function<void(Tensor)> done) const;
  /// Whether attackers look at the previous aggregate.
  bool want_previous() const { return sight_.previous; }
  /// Nobody asks for rounds before this one any more.
  void forget_before(std::int64_t round) { updates_.erase(updates_.begin(), updates_.lower_bound(round)); }

 private:
  /// Whose updates the attack looks at, of those who take part.
  Workers seen_of(std::int64_t round, const Workers& taking_part) const;
  bool is_ready(std::int64_t worker, std::int64_t round) const;

  Training& t_;
  const aggregation::Rule& rule_;
  aggregation::Sight sight_;
  sim::Event changed_;
  std::map<std::int64_t, std::map<std::int64_t, Tensor>> updates_;  // by round and worker
};

}  // namespace windtunnel::architectures
