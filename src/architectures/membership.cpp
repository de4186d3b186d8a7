#include "architectures/membership.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace windtunnel::architectures {
namespace {

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

}  // namespace

void MembershipConfig::describe(Fields& f) {
  f("heartbeat_interval", heartbeat_interval, "pause between two heartbeats of those who are waited for",
    {.min = 0.1, .max = 900, .source = "unverified"});
  f("suspicions", suspicions, "unanswered heartbeats in a row that put a peer on the inactive list",
    {.min = 1, .max = 1000, .source = "unverified"});
  f("quorum", quorum, "least number of peers with which training goes on", {.min = 1, .max = 100'000});
}

Membership::Membership(std::int64_t peers, const MembershipConfig& config, const std::set<std::int64_t>& newcomers)
    : config_(config), peers_(static_cast<std::size_t>(peers), {.until = for_ever}) {
  for (const std::int64_t peer : newcomers) at(peer) = {.from = for_ever, .until = for_ever, .out = true};
  changed_ = !newcomers.empty();
}

bool Membership::takes_part(std::int64_t peer, std::int64_t round) const {
  return at(peer).from <= round && round < at(peer).until;
}

Membership::Peers Membership::members(std::int64_t round) const {
  Peers all;
  for (std::int64_t p = 0; p < std::ssize(peers_); ++p) {
    if (takes_part(p, round)) all.push_back(p);
  }
  return all;
}

std::int64_t Membership::size(std::int64_t round) const {
  return changed_ ? std::ssize(members(round)) : std::ssize(peers_);
}

void Membership::answered(std::int64_t observer, std::int64_t other) {
  at(observer).missed.erase(other);
  at(observer).inactive.erase(other);
}

bool Membership::unanswered(std::int64_t observer, std::int64_t other) {
  if (++at(observer).missed[other] < config_.suspicions) return false;
  return at(observer).inactive.insert(other).second;
}

std::int64_t Membership::votes(std::int64_t peer, std::int64_t round) const {
  std::int64_t votes = 0;
  for (std::int64_t p = 0; p < std::ssize(peers_); ++p) votes += takes_part(p, round) && active(p) && lists(p, peer) ? 1 : 0;
  return votes;
}

bool Membership::is_majority(std::int64_t votes, std::int64_t round) const { return 2 * votes > size(round); }

void Membership::drop(std::int64_t peer, std::int64_t round) {
  check(active(peer), "Membership: who is dropped was a member");
  changed_ = true;
  at(peer).until = is_fixed(round) ? round + 1 : round;
  at(peer).out = true;
  at(peer).missed.clear();
  at(peer).inactive.clear();
  for (Peer& other : peers_) {
    other.missed.erase(peer);
    other.inactive.erase(peer);
  }
  // What only those have aggregated who are out themselves binds nobody: they take no part in it any more.
  std::erase_if(fixed_, [this](const auto& entry) {
    const auto& [at, fixed] = entry;
    if (std::any_of(fixed.by.begin(), fixed.by.end(), [this](std::int64_t p) { return active(p); })) return false;
    for (Peer& other : peers_) {
      if (other.out) other.until = std::min(other.until, at);
    }
    return true;
  });
}

void Membership::admit(std::int64_t peer, std::int64_t round) {
  check(!active(peer), "Membership: who is admitted was none");
  at(peer) = {.from = round, .until = for_ever};
}

const Membership::Peers& Membership::fix(std::int64_t peer, std::int64_t round) {
  if (!is_fixed(round)) fixed_[round].participants = members(round);
  fixed_[round].by.insert(peer);
  return fixed_[round].participants;
}

Membership::Peers Membership::participants(std::int64_t round) const {
  const auto fixed = fixed_.find(round);
  return fixed == fixed_.end() ? members(round) : fixed->second.participants;
}

}  // namespace windtunnel::architectures
