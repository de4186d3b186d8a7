// A peer's life, round by round, and what its steps are made of: calls of functions, states of the workflow.
#include "architectures/spirt_peer.h"

#include <algorithm>

namespace windtunnel::architectures::spirt {

Peer::Peer(Overlay& overlay, std::int64_t index)
    : o_(overlay), t_(overlay.training), index_(index), name_(fmt::format("peer-{}", index)),
      actor_(t_.journal.actors.id(name_)), site_(t_.cloud.network.add_corner(name_)),
      database_(t_, overlay.format, index, site_),
      life_(t_, {models::TargetKind::worker, index}, actor_,
            {.crashed = [this](const models::Crash&) { database_.fail(); },
             .recover = [this](Context context) -> sim::Task<std::string> {
               co_await database_.restart(context);
               co_return std::string();
             }}),
      newcomer_(t_.faults.joins_at(index)) {
  if (!newcomer_) database_.rent();
  deploy();
}

void Peer::begin(sim::Scope& scope) {
  scope_ = &scope;
  if (!newcomer_) begin_to_live();
}

sim::Task<> Peer::live() {
  if (newcomer_) co_await arrive(*newcomer_);
  is_lost_ = newcomer_ && others().empty();
  while (round_ < t_.job.rounds && !stop_ && !is_lost_) {
    is_through_ = false;
    const bool there = co_await life_.run_with_recovery(context(Phase::compute, round_), [this] {
      return o_.membership.active(index_) && !entry_ ? epoch(round_) : join();
    });
    if (!there) break;
    if (!is_through_) continue;
    o_.left[round_++].insert(index_);
    o_.finish_rounds();
  }
  has_ended_ = true;
  o_.end_if_over();
}

void Peer::abandon() {
  life_.abandon();
  database_.abandon();
}

/// The workflow service remembers which states of a standard execution have ended: an interrupted round goes on with the
/// next. An express execution begins again. So it is, too, when the own database crashes during a step, or cannot be reached.
sim::Task<> Peer::epoch(std::int64_t round) {
  while (o_.membership.active(index_)) {
    const bool ready = co_await is_ready(round);
    if (!ready) co_return;
    if (execution_round_ != round) {
      execution_.emplace(t_.cloud.workflows.start(context(Phase::transition, round)));
      execution_round_ = round;
    }
    bool interrupted = false;
    try {
      co_await steps(round);
    } catch (const models::WorkflowError& error) {
      throw RunError(fmt::format("{}: round {}: {}", name_, round, error.what()));
    } catch (const models::DatabaseDown&) {
      interrupted = true;
    } catch (const models::Unreachable&) {
      interrupted = true;
    }
    if (interrupted) continue;
    is_through_ = o_.membership.active(index_);
    break;
  }
  if (execution_) execution_->finish();
  execution_round_ = -1;
}

/// Waits for its database. Who has lost it is lost; who has lost what was in it withdraws, to take the model from others.
sim::Task<bool> Peer::is_ready(std::int64_t round) {
  const bool is_up = co_await database_.enter(static_cast<std::int32_t>(round));
  const bool alone = !o_.votes() || t_.job.workers == 1;
  is_lost_ = !is_up || (!database_.has_model() && holders().empty());
  if (!is_up) {
    if (alone) {
      throw RunError(fmt::format("{} crashed and does not come back (no recover_after): its peer cannot go on",
                                 t_.journal.actors.name(database_.actor())));
    }
    co_return false;
  }
  if (database_.has_model()) co_return true;
  if (alone) {
    throw RunError(fmt::format("{} came back, but its database had lost its contents (cloud.database.persistent: false)",
                               name_));
  }
  if (!is_lost_ && o_.membership.active(index_)) o_.drop(index_, round, "because its database has lost its contents");
  co_return false;
}

void Peer::begin_to_live() {
  life_.begin(*scope_);
  database_.begin(*scope_);
}

/// Other members that are still training.
Membership::Peers Peer::others() const {
  Membership::Peers all;
  for (const auto& peer : o_.peers) {
    if (peer.get() != this && o_.membership.active(peer->index_) && !peer->has_ended_) all.push_back(peer->index_);
  }
  return all;
}

/// Enters a state of the workflow, which calls its function, which does `step`.
sim::Task<> Peer::enter(State which, Phase phase, std::int64_t round, Step work) {
  const Context c = context(phase, round);
  co_await execution_->state({.name = state_name(which), .context = c.in(Phase::transition), .input = note},
                             [this, which, c, work] { return run(which, c, work); });
}

sim::Task<> Peer::run(State which, Context c, Step work) {
  const models::SpanScope span(t_.journal, t_.simulation, c);
  std::optional<std::string> overdue;
  try {
    co_await call(which, c, [this, c, work](models::Instance& instance) { return (this->*work)(Place(instance), c); });
  } catch (const models::InvocationError& error) {
    if (error.kind() != models::InvocationError::Kind::timed_out) throw;
    overdue = error.what();
  }
  if (overdue) {
    throw RunError(fmt::format("{}: {} of round {}: {}{}{}", name_, state_name(which), c.round, *overdue,
                               names("not done", [&](Peer& p) { return !o_.done[c.round].contains(p.index_); }),
                               names("down", [](Peer& p) { return !p.database_.up(); }) +
                                   names("without a majority to drop them",
                                         [&](Peer& p) { return o_.membership.lists(index_, p.index_); })));
  }
}

/// Calls a state's function; each further try is one more step of the workflow.
sim::Task<> Peer::call(State which, Context c, models::Functions::Body body) {
  return t_.cloud.functions.invoke(functions_[static_cast<std::size_t>(which)], c, {note, note}, std::move(body),
                                   execution_->on_retry(c.in(Phase::transition)));
}

Membership::Peers Peer::others_of(std::int64_t round) const {
  Membership::Peers all = o_.membership.members(round);
  std::erase(all, index_);
  return all;
}

Membership::Peers Peer::missing_at_barrier(std::int64_t round) const {
  Membership::Peers all = others_of(round);
  const auto& done = o_.done[round];
  std::erase_if(all, [&](std::int64_t p) { return done.contains(p); });
  return all;
}

Membership::Peers Peer::missing_averages(std::int64_t round) const {
  Membership::Peers all = o_.membership.participants(round);
  std::erase_if(all, [&](std::int64_t p) { return p == index_ || database_.has_average(p, round); });
  return all;
}

void Peer::record(std::string_view kind, std::int32_t round, std::string detail) {
  t_.journal.faults.push_back({actor_, std::string(kind), round, t_.simulation.now(), std::move(detail)});
}

void Peer::deploy() {
  const TensorFormat& format = o_.format.tensors;
  for (std::size_t s = 0; s < state_names.size(); ++s) {
    const bool gradient = static_cast<State>(s) == State::compute_gradients;
    models::FunctionSpec spec = gradient ? t_.cloud.config.function : o_.config.step;
    spec.name = fmt::format("{}[{}]", state_names[s], name_);
    spec.site = site_;
    spec.working_set = gradient ? t_.worker_memory(1, false)
                                : t_.computing().holding(format.size(t_.workload.parameters),
                                                         PeerDatabase::tensors_of_a_step(
                                                             format, t_.job, t_.optimizer->state_vectors()));
    functions_.push_back(t_.cloud.functions.deploy(std::move(spec)));
  }
  for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
    minibatch_actors_.push_back(t_.journal.actors.id(fmt::format("{}/gradient-{}", name_, m)));
  }
}

/// Messages on the queue when all members have said "done": theirs, and those of who was dropped after it had.
std::size_t Overlay::awaited(std::int64_t round) const {
  auto all = static_cast<std::size_t>(membership.size(round));
  const auto said = done.find(round);
  if (!membership.has_changed() || said == done.end()) return all;
  for (const std::int64_t p : said->second) all += membership.takes_part(p, round) ? 0 : 1;
  return all;
}

void Overlay::drop(std::int64_t index, std::int64_t round, const std::string& why) {
  membership.drop(index, round);
  training.journal.faults.push_back({peer(index).actor(), "dropped", static_cast<std::int32_t>(round), training.simulation.now(),
                                     fmt::format("{} {}", peer(index).name(), why)});
  attackers.others_changed();
  finish_rounds();
  const std::int64_t rest = membership.size(round + 1);
  const std::int64_t least = std::max(config.membership.quorum, config.rule->minimum_rows());
  if (rest < least) {
    throw RunError(fmt::format("round {}: {} was dropped {}, and {} peers are left; {} are needed ({})", round, peer(index).name(),
                               why, rest, least,
                               least == config.membership.quorum ? "architecture.spirt.membership.quorum" : config.rule->label()));
  }
}

/// When all members have come to their end, nobody waits for those who have been dropped.
void Overlay::end_if_over() {
  const auto trains = [this](const auto& peer) { return membership.active(peer->index()) && !peer->has_ended(); };
  if (std::any_of(peers.begin(), peers.end(), trains)) return;
  for (const auto& peer : peers) {
    if (!peer->has_ended()) peer->abandon();
  }
}

/// The last member through a round ends it.
void Overlay::finish_rounds() {
  while (!left.empty()) {
    const auto& [round, through] = *left.begin();
    if (std::ssize(through) < membership.size(round)) {
      if (!membership.has_changed()) return;
      for (const auto& peer : peers) {
        const bool awaited = membership.takes_part(peer->index(), round) && membership.active(peer->index());
        if (awaited && !through.contains(peer->index())) return;
      }
    }
    const auto is_witness = [&, r = round](std::int64_t p) {
      return membership.active(p) && !training.adversary.is_byzantine(p, r);
    };
    const auto honest = std::find_if(through.begin(), through.end(), is_witness);
    Peer& witness = peer(honest == through.end() ? *through.begin() : *honest);
    training.round_finished(witness.database().model(round, witness.actor()), std::ssize(membership.participants(round)));
    done.erase(round);
    barriers.erase(round);
    membership.forget_before(round + 1);
    attackers.forget_before(round + 1);
    left.erase(left.begin());
  }
}

}  // namespace windtunnel::architectures::spirt
