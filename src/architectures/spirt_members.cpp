// Who takes part: heartbeats, inactive lists and votes, and how a peer joins, for the first time or again (facts 1).
#include <algorithm>

#include "architectures/spirt_peer.h"

namespace windtunnel::architectures::spirt {

/// Who does not answer time and again goes on the inactive list in the own database.
sim::Task<> Peer::ping(Peer& other, Place here, Context context) {
  bool answered = true;
  try {
    co_await other.database_.ping(here.host, context);
  } catch (const models::DatabaseDown&) {
    answered = false;
  }
  if (answered) {
    o_.membership.answered(index_, other.index_);
    co_return;
  }
  record("heartbeat unanswered", context.round, other.name_);
  if (!o_.votes() || !o_.membership.unanswered(index_, other.index_)) co_return;
  record("suspected", context.round, other.name_);
  co_await database_.write_list(here, context);
}

/// Heartbeats of those who are waited for, of a few at once, each peer beginning with those that follow it; the next look is
/// an interval later. Who is on the own list is put to the vote: the others' lists are read, and a majority of the members drops it.
sim::Task<> Peer::look_after(Membership::Peers missing, sim::Time& look, Place here, Context context) {
  if (missing.empty()) co_return;
  const Context c = context.in(Phase::heartbeat);
  std::rotate(missing.begin(), std::upper_bound(missing.begin(), missing.end(), index_), missing.end());
  missing.resize(std::min(missing.size(), static_cast<std::size_t>(o_.config.fetch_concurrency)));
  {
    const models::SpanScope span(t_.journal, t_.simulation, c);
    co_await for_each_of(missing, [this, here, c](Peer& other) { return ping(other, here, c); });
    if (o_.membership.lists_anybody(index_)) {
      std::int64_t read = 0;
      co_await for_each_of(others_of(c.round), [here, c, &read](Peer& other) { return other.tell_list(here, c, read); });
      for (const std::int64_t p : missing) count_votes(p, c.round);
    }
  }
  look = t_.simulation.now() + o_.config.membership.heartbeat_interval;
}

/// Another peer reads this one's list; `told` counts those that could.
sim::Task<> Peer::tell_list(Place reader, Context context, std::int64_t& told) {
  try {
    co_await database_.read_note(reader, context);
    ++told;
  } catch (const models::DatabaseDown&) {
  }
}

void Peer::count_votes(std::int64_t peer, std::int64_t round) {
  if (!o_.membership.active(peer) || !o_.membership.lists(index_, peer)) return;
  const std::int64_t votes = o_.membership.votes(peer, round);
  if (!o_.membership.is_majority(votes, round)) return;
  o_.drop(peer, round, fmt::format("by {} of {} votes", votes, o_.membership.size(round)));
}

/// A newcomer rents its database when the others are in that round.
sim::Task<> Peer::arrive(std::int64_t round) {
  while (newest_round() < round && !others().empty()) co_await t_.simulation.delay(o_.config.poll_interval);
  if (others().empty()) co_return;
  database_.rent();
  co_await database_.start();
  begin_to_live();
}

/// It makes itself known to a majority of the members, is admitted from the round on that nobody has begun, and takes the
/// model as it is before that round from a member, when it is there; a second one has to have the same.
sim::Task<> Peer::join() {
  const bool is_up = co_await database_.enter(static_cast<std::int32_t>(round_));
  const bool too_late = newest_round() + 1 >= t_.job.rounds;
  is_lost_ = !is_up || holders().empty() || too_late;
  if (is_lost_ && is_up) record("too late to join", static_cast<std::int32_t>(newest_round()), name_);
  if (is_lost_) co_return;
  execution_.emplace(t_.cloud.workflows.start(context(Phase::transition, round_)));
  execution_round_ = -1;
  bool is_back = false;
  try {
    is_back = co_await be_admitted() && co_await get_model();
  } catch (const models::DatabaseDown&) {
  } catch (const models::Unreachable&) {
  }
  execution_->finish();
  if (!is_back) co_await t_.simulation.delay(o_.config.poll_interval);
}

sim::Task<bool> Peer::be_admitted() {
  if (o_.membership.active(index_)) co_return true;
  known_to_ = 0;
  co_await enter(State::authenticate, Phase::authenticate, round_, &Peer::make_known);
  if (2 * known_to_ <= std::ssize(others())) co_return false;
  entry_ = newest_round() + 1;
  o_.membership.admit(index_, *entry_);
  record("admitted", static_cast<std::int32_t>(*entry_), fmt::format("{} takes part from round {} on", name_, *entry_));
  co_return true;
}

sim::Task<bool> Peer::get_model() {
  while (std::ssize(sponsors()) < std::min<std::int64_t>(2, std::ssize(holders()))) {
    co_await t_.simulation.delay(o_.config.poll_interval);
  }
  is_lost_ = holders().empty();
  if (is_lost_) co_return false;
  co_await enter(State::update, Phase::restore, *entry_, &Peer::take_model);
  if (!o_.membership.active(index_)) co_return false;
  round_ = *entry_;
  entry_.reset();
  record("joined", static_cast<std::int32_t>(round_), name_);
  co_return true;
}

sim::Task<> Peer::make_known(Place here, Context context) {
  co_await database_.read_note(here, context);
  co_await for_each_of(others(), [this, here, context](Peer& other) { return other.tell_list(here, context, known_to_); });
}

sim::Task<> Peer::take_model(Place here, Context context) {
  const Membership::Peers from = sponsors();
  if (from.empty()) throw models::DatabaseDown("no member is up that has the model");
  co_await database_.take_model(o_.peer(from[0]).database_, o_.config.rule->wants().previous, here, context);
  if (from.size() == 1) co_return;
  Peer& second = o_.peer(from[1]);
  const bool same = co_await database_.has_model_of(second.database_, here, context);
  if (!same) {
    throw RunError(fmt::format("{} cannot join: the models of {} and {} differ", name_, o_.peer(from[0]).name_, second.name_));
  }
}

/// Members that have the model: not those who wait for it themselves.
Membership::Peers Peer::holders() const {
  Membership::Peers all = others();
  std::erase_if(all, [this](std::int64_t p) { return o_.peer(p).entry_.has_value(); });
  return all;
}

/// Of those the ones that are at the beginning of the round in which it takes part.
Membership::Peers Peer::sponsors() const {
  Membership::Peers all = holders();
  std::erase_if(all, [this](std::int64_t p) { return o_.peer(p).round_ < *entry_ || !o_.peer(p).database_.up(); });
  return all;
}

std::int64_t Peer::newest_round() const {
  std::int64_t newest = 0;
  for (const std::int64_t p : others()) newest = std::max({newest, o_.peer(p).round_, o_.peer(p).entry_.value_or(0)});
  return newest;
}

}  // namespace windtunnel::architectures::spirt
