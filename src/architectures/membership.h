// Who of the peers takes part in which round, by their own vote: there is no master. A peer whose heartbeat others miss
// time and again goes on their inactive lists, and is dropped when the lists of a majority name it; who comes back, or
// comes new, takes part from the next round on.
// Promise: all who aggregate a round do so over the same peers. What the participants of a round are is fixed when the
// first of them aggregates; who is dropped later is out from the next round on. Lists and votes are kept here as each peer
// has them in its database; the messages that carry them, with their time and their price, are the protocol's.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/fields.h"
#include "base/units.h"

namespace windtunnel::architectures {

struct MembershipConfig {
  Duration heartbeat_interval = std::chrono::seconds(10);  ///< while others are waited for
  std::int64_t suspicions = 3;  ///< heartbeats unanswered in a row that put a peer on the inactive list
  std::int64_t quorum = 1;      ///< fewer members than that stop the training

  void describe(Fields& f);
};

class Membership {
 public:
  using Peers = std::vector<std::int64_t>;  ///< in order of their numbers

  /// All `peers` are members from round 0 on, but for `newcomers`, who are admitted later.
  Membership(std::int64_t peers, const MembershipConfig& config, const std::set<std::int64_t>& newcomers = {});

  /// Members of the round as far as is known now.
  bool takes_part(std::int64_t peer, std::int64_t round) const;
  Peers members(std::int64_t round) const;
  std::int64_t size(std::int64_t round) const;
  /// Whether anybody was ever dropped or admitted.
  bool has_changed() const { return changed_; }
  /// Neither dropped nor still to be admitted.
  bool active(std::int64_t peer) const { return !at(peer).out; }

  // What a peer sees of another ------------------------------------------------------------------------------------------
  void answered(std::int64_t observer, std::int64_t other);
  /// True when that was one time too many, and the other goes on the observer's inactive list now.
  bool unanswered(std::int64_t observer, std::int64_t other);
  bool lists(std::int64_t observer, std::int64_t other) const { return at(observer).inactive.contains(other); }
  bool lists_anybody(std::int64_t observer) const { return !at(observer).inactive.empty(); }

  // Votes ----------------------------------------------------------------------------------------------------------------
  /// How many members of the round have the peer on their lists.
  std::int64_t votes(std::int64_t peer, std::int64_t round) const;
  /// More than half of the round's members, the one in question among them.
  bool is_majority(std::int64_t votes, std::int64_t round) const;
  /// Out from the first round on whose participants are not fixed. Its suspicions and those against it are forgotten.
  void drop(std::int64_t peer, std::int64_t round);
  /// In from `round` on, which nobody has begun.
  void admit(std::int64_t peer, std::int64_t round);

  // Participants ---------------------------------------------------------------------------------------------------------
  /// `peer` is about to aggregate the round: from now on its participants are fixed. Returns them.
  const Peers& fix(std::int64_t peer, std::int64_t round);
  bool is_fixed(std::int64_t round) const { return fixed_.contains(round); }
  /// The fixed participants, or the members as they are now.
  Peers participants(std::int64_t round) const;
  /// Rounds before this one are over.
  void forget_before(std::int64_t round) { fixed_.erase(fixed_.begin(), fixed_.lower_bound(round)); }

 private:
  struct Peer {
    std::int64_t from = 0, until = 0;  ///< rounds in which it takes part: [from, until)
    bool out = false;
    std::map<std::int64_t, std::int64_t> missed{};  ///< heartbeats in a row, by peer
    std::set<std::int64_t> inactive{};              ///< its list
  };
  struct Fixed {
    Peers participants;
    std::set<std::int64_t> by;  ///< who has aggregated
  };
  Peer& at(std::int64_t peer) { return peers_[static_cast<std::size_t>(peer)]; }
  const Peer& at(std::int64_t peer) const { return peers_[static_cast<std::size_t>(peer)]; }

  MembershipConfig config_;
  std::vector<Peer> peers_;
  bool changed_ = false;
  std::map<std::int64_t, Fixed> fixed_;  // by round
};

}  // namespace windtunnel::architectures
