// A peer of SPIRT, and what the peers of one run share. spirt.cpp has the protocol, spirt_members.cpp who takes part,
// spirt_peer.cpp a peer's life and what its steps are made of.
#pragma once

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "architectures/attackers.h"
#include "architectures/lifeline.h"
#include "architectures/membership.h"
#include "architectures/spirt.h"
#include "architectures/spirt_database.h"
#include "architectures/training.h"
#include "sim/for_each.h"

namespace windtunnel::architectures::spirt {

using models::Context;
using models::Phase;

/// The states of a peer's workflow, in order. ComputeGradients is a map with an iteration per minibatch.
enum class State : std::uint8_t {
  authenticate,
  compute_gradients,
  average_gradients,
  check_heartbeat,
  aggregate,
  update,
  check_convergence,
  trigger_next,
};
inline constexpr std::array<std::string_view, 8> state_names{"Authenticate", "ComputeGradients", "AverageGradients",
    "CheckHeartbeat", "Aggregate", "Update",
    "CheckConvergence", "TriggerNext"};
constexpr std::string_view state_name(State state) { return state_names[static_cast<std::size_t>(state)]; }

/// Bytes that announce something on a queue, or that a state passes on.
inline constexpr Bytes note{256};

class Peer;

/// What the peers share: the synchronisation queue of each round, the functions' settings, the rule, and what the lists in
/// their databases say.
struct Overlay {
  Training& training;
  const Spirt& config;
  PeerFormat format;
  Membership membership;
  Attackers attackers;
  std::vector<std::unique_ptr<Peer>> peers{};
  using Barrier = std::shared_ptr<models::Queue<std::int64_t>>;
  std::map<std::int64_t, Barrier> barriers{};             // by round
  std::map<std::int64_t, std::set<std::int64_t>> done{};  // by round: who has said "done"
  std::map<std::int64_t, std::set<std::int64_t>> left{};  // by round: who is through it

  /// To be kept while it is asked: who was dropped may do so when its round is over.
  Barrier barrier(std::int64_t round) {
    Barrier& barrier = barriers[round];
    if (!barrier) barrier = std::make_shared<models::Queue<std::int64_t>>(training.cloud.queues, fmt::format("sync-{}", round));
    return barrier;
  }
  Peer& peer(std::int64_t index) const { return *peers[static_cast<std::size_t>(index)]; }
  /// The published code has no votes.
  bool votes() const { return config.fidelity == Fidelity::paper; }
  std::size_t awaited(std::int64_t round) const;
  void drop(std::int64_t peer, std::int64_t round, const std::string& why);
  void finish_rounds();
  void end_if_over();
};

class Peer {
 public:
  Peer(Overlay& overlay, std::int64_t index);

  models::ActorId actor() const { return actor_; }
  models::SiteId site() const { return site_; }
  PeerDatabase& database() { return database_; }

  /// It may crash from now on, a newcomer from its arrival on.
  void begin(sim::Scope& scope);
  /// All rounds, one workflow execution each. A crash interrupts the round under way; a peer that comes back goes on with it,
  /// or joins the others again when they have dropped it.
  sim::Task<> live();
  bool has_ended() const { return has_ended_; }
  /// The others have come to their end.
  void abandon();
  std::int64_t index() const { return index_; }
  const std::string& name() const { return name_; }
  /// Not there from the start.
  bool is_newcomer() const { return newcomer_.has_value(); }

 private:
  sim::Task<> epoch(std::int64_t round);
  sim::Task<bool> is_ready(std::int64_t round);

  // The protocol, a state of the workflow at a time: spirt.cpp ------------------------------------------------------------
  sim::Task<> steps(std::int64_t round);
  sim::Task<> authenticate(Place here, Context context);
  sim::Task<> compute_gradients(std::int64_t round);
  sim::Task<> compute_gradient(Place here, std::int32_t round, std::int64_t minibatch);
  sim::Task<> average_gradients(Place here, Context context);
  sim::Task<> forge(Context context);
  sim::Task<> check_heartbeat(Place here, Context context);
  sim::Task<> wait_for_all(Place here, Context context);
  sim::Task<> aggregate(Place here, Context context);
  sim::Task<> collect(Place here, Context context);
  sim::Task<> copy_average(Peer& other, Place here, Context context);
  sim::Task<> update(Place here, Context context);
  sim::Task<> check_convergence(Place here, Context context);
  sim::Task<> trigger_next(Place here, Context context);

  // Heartbeats, votes, joining for the first time or again: spirt_members.cpp --------------------------------------------
  sim::Task<> ping(Peer& other, Place here, Context context);
  sim::Task<> look_after(Membership::Peers missing, sim::Time& look, Place here, Context context);
  sim::Task<> tell_list(Place reader, Context context, std::int64_t& told);
  void count_votes(std::int64_t peer, std::int64_t round);
  sim::Task<> arrive(std::int64_t round);
  void begin_to_live();
  sim::Task<> join();
  sim::Task<bool> be_admitted();
  sim::Task<bool> get_model();
  sim::Task<> make_known(Place here, Context context);
  sim::Task<> take_model(Place here, Context context);
  Membership::Peers holders() const;
  Membership::Peers sponsors() const;
  Membership::Peers others() const;
  std::int64_t newest_round() const;

  // Means to the ends -----------------------------------------------------------------------------------------------------
  using Step = sim::Task<> (Peer::*)(Place, Context);
  sim::Task<> state(State which, Phase phase, std::int64_t round, Step work);
  sim::Task<> enter(State which, Phase phase, std::int64_t round, Step work);
  sim::Task<> run(State which, Context c, Step work);
  sim::Task<> call(State which, Context c, models::Functions::Body body);

  /// "; down: peer-1, peer-2", or nothing when it is true of nobody.
  template <class Which>
  std::string names(std::string_view what, Which which) const {
    std::string all;
    for (const auto& peer : o_.peers) {
      if (which(*peer)) all += (all.empty() ? "" : ", ") + peer->name_;
    }
    return all.empty() ? "" : fmt::format("; {}: {}", what, all);
  }

  /// Does `work` with each of the peers, as many at once as the scenario allows, in their order.
  template <class Work>
  sim::Task<> for_each_of(Membership::Peers peers, Work work) {
    const auto count = std::ssize(peers);
    return sim::for_each(t_.simulation, count, o_.config.fetch_concurrency, [this, peers = std::move(peers), work](std::int64_t i) {
      return work(o_.peer(peers[static_cast<std::size_t>(i)]));
    });
  }

  Membership::Peers others_of(std::int64_t round) const;
  Membership::Peers missing_at_barrier(std::int64_t round) const;
  Membership::Peers missing_averages(std::int64_t round) const;
  void record(std::string_view kind, std::int32_t round, std::string detail);
  void deploy();

  Context context(Phase phase, std::int64_t round) const { return {actor_, phase, static_cast<std::int32_t>(round)}; }

  Overlay& o_;
  Training& t_;
  std::int64_t index_;
  std::string name_;
  models::ActorId actor_;
  models::SiteId site_;
  PeerDatabase database_;
  Lifeline life_;
  std::optional<std::int64_t> newcomer_;  // the others' round in which it comes
  sim::Scope* scope_ = nullptr;
  std::vector<models::FunctionId> functions_;  // by State
  std::vector<models::ActorId> minibatch_actors_;
  std::optional<models::Execution> execution_;  // of execution_round_
  std::int64_t execution_round_ = -1;
  std::int64_t round_ = 0;                // under way, or the next
  std::int64_t known_to_ = 0;             // members that it has reached to be admitted
  std::optional<std::int64_t> entry_;     // admitted from that round on, without the model yet
  bool is_through_ = false;               // the round under way
  bool is_lost_ = false, has_ended_ = false;
  bool stop_ = false;
};

}  // namespace windtunnel::architectures::spirt
