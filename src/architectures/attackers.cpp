#include "architectures/attackers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace windtunnel::architectures {

using aggregation::Knowledge;

void Attackers::ready(std::int64_t worker, std::int64_t round, const Tensor& own) {
  if (own == nullptr || t_.adversary.byzantine(round).empty()) return;
  const bool looked_at = sight_.knowledge > Knowledge::own || t_.forges(worker, round);
  if (!looked_at) return;
  updates_[round].try_emplace(worker, own);
  others_changed();
}

void Attackers::others_changed() {
  changed_.set();
  changed_.reset();
}

Attackers::Workers Attackers::seen_of(std::int64_t round, const Workers& taking_part) const {
  Workers seen;
  for (const std::int64_t worker : taking_part) {
    const bool is_byzantine = t_.adversary.is_byzantine(worker, round);
    if (sight_.knowledge == (is_byzantine ? Knowledge::colluders : Knowledge::all)) seen.push_back(worker);
  }
  return seen;
}

bool Attackers::is_ready(std::int64_t worker, std::int64_t round) const {
  const auto found = updates_.find(round);
  return found != updates_.end() && found->second.contains(worker);
}

sim::Task<> Attackers::look(std::int64_t attacker, std::int64_t round, std::function<Workers()> taking_part) {
  check(is_ready(attacker, round), "an attacker has an update of its own before it looks at others'");
  for (;;) {
    const Workers seen = seen_of(round, taking_part());
    if (std::all_of(seen.begin(), seen.end(), [&](std::int64_t w) { return is_ready(w, round); })) co_return;
    co_await changed_;
  }
}

RealWork Attackers::forge(Forging forging, std::function<void(Tensor)> done) const {
  std::vector<Tensor> seen;
  for (const std::int64_t worker : seen_of(forging.round, forging.taking_part)) {
    if (is_ready(worker, forging.round)) seen.push_back(updates_.at(forging.round).at(worker));
  }
  const std::vector<std::int64_t> byzantine = t_.adversary.byzantine(forging.round);
  const auto present = std::count_if(byzantine.begin(), byzantine.end(), [&](std::int64_t w) {
    return std::find(forging.taking_part.begin(), forging.taking_part.end(), w) != forging.taking_part.end();
  });
  return t_.start([attack = t_.attack(), rule = &rule_, seed = t_.simulation.seed(), seen = std::move(seen),
                   own = updates_.at(forging.round).at(forging.attacker), forging = std::move(forging), present,
                   done = std::move(done)] {
    std::vector<aggregation::Row> honest;
    for (const Tensor& tensor : seen) honest.emplace_back(*tensor);
    auto forged = std::make_shared<std::vector<float>>(own->size());
    try {
      attack->forge({.honest = honest,
                     .own = *own,
                     .seed = seed,
                     .worker = forging.attacker,
                     .round = forging.round,
                     .byzantine = present,
                     .workers = std::ssize(forging.taking_part),
                     .previous = forging.previous ? aggregation::Row(*forging.previous) : aggregation::Row(),
                     .rule = rule},
                    *forged);
    } catch (const InputError& error) {
      throw RunError(fmt::format("round {}: {}", forging.round, error.what()));
    }
    done(std::move(forged));
  });
}

}  // namespace windtunnel::architectures
