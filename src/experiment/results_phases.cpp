#include "experiment/results_phases.h"

#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace windtunnel::experiment {
namespace {

using models::Journal;
using models::Phase;
using models::PhaseSum;
using models::SpanSums;

void append(std::vector<PhaseShare>& found, const PhaseSum& sum, Phase phase, std::string_view name, std::int64_t actors) {
  if (sum.spans > 0) found.push_back({std::string(name), actors, phase, sum.spans, sum.total, sum.exclusive, sum.startup});
}

struct Role {
  std::string name;
  std::int64_t actors = 0;
  std::array<PhaseSum, models::phases> sums{};
};

}  // namespace

std::vector<PhaseShare> phases_by_actor(const Journal& journal) {
  const SpanSums sums = journal.span_sums();
  std::vector<PhaseShare> found;
  for (models::ActorId actor = 0; actor < sums.actors(); ++actor) {
    for (int i = 0; i < models::phases; ++i) {
      const auto phase = static_cast<Phase>(i);
      append(found, sums.of(actor, phase), phase, journal.actors.name(actor), 1);
    }
  }
  return found;
}

std::vector<PhaseShare> phases_by_role(const Journal& journal) {
  const SpanSums sums = journal.span_sums();
  std::unordered_map<std::string, std::size_t> known;
  std::vector<Role> roles;
  for (models::ActorId actor = 0; actor < sums.actors(); ++actor) {
    if (!sums.has_spans(actor)) continue;
    std::string name = role_of(journal.actors.name(actor));
    const auto [at, added] = known.emplace(name, roles.size());
    if (added) roles.push_back({std::move(name)});
    Role& role = roles[at->second];
    ++role.actors;
    for (int phase = 0; phase < models::phases; ++phase) {
      role.sums[static_cast<std::size_t>(phase)].add(sums.of(actor, static_cast<Phase>(phase)));
    }
  }
  std::vector<PhaseShare> found;
  for (const Role& role : roles) {
    for (int phase = 0; phase < models::phases; ++phase) {
      append(found, role.sums[static_cast<std::size_t>(phase)], static_cast<Phase>(phase), role.name, role.actors);
    }
  }
  return found;
}

std::string role_of(std::string_view actor) {
  std::string role;
  for (const char c : actor) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) role += c;
    else if (role.empty() || role.back() != '*') role += '*';
  }
  return role;
}

}  // namespace windtunnel::experiment
