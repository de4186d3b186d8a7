#include "experiment/results_phases.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace windtunnel::experiment {
namespace {

using models::Journal;
using models::Span;

struct Sums {
  std::int64_t spans = 0;
  Duration total{}, exclusive{}, startup{};

  void add(const Sums& other) {
    spans += other.spans;
    total += other.total;
    exclusive += other.exclusive;
    startup += other.startup;
  }
};

std::size_t index_of(std::size_t who, models::Phase phase) { return who * models::phases + static_cast<std::size_t>(phase); }

// The journal's spans, those of an actor together and in the order in which they began; of two that began together the
// longer first, so that the other lies on top.
std::vector<const Span*> by_actor_and_start(const Journal& journal) {
  std::vector<std::size_t> first(journal.actors.size() + 1);
  for (const Span& span : journal.spans) ++first[span.context.actor + 1];
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<const Span*> sorted(journal.spans.size());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  for (const Span& span : journal.spans) sorted[next[span.context.actor]++] = &span;
  for (std::size_t actor = 0; actor + 1 < first.size(); ++actor) {
    std::stable_sort(sorted.begin() + static_cast<std::ptrdiff_t>(first[actor]),
                     sorted.begin() + static_cast<std::ptrdiff_t>(first[actor + 1]), [](const Span* a, const Span* b) {
                       return a->start != b->start ? a->start < b->start : a->end > b->end;
                     });
  }
  return sorted;
}

// Walks through one actor's time: the top of the stack is the span that began last among those under way.
class Walk {
 public:
  Walk(std::vector<Sums>& sums, std::optional<sim::Time> training) : sums_(sums), training_(training) {}

  void begin(const Span& span) {
    advance(span.start);
    Sums& sums = sums_[index_of(span.context.actor, span.context.phase)];
    ++sums.spans;
    sums.total += span.end - span.start;
    open_.push_back(&span);
    now_ = span.start;
  }
  void finish() { advance(sim::Time::max()); }

 private:
  void advance(sim::Time until) {
    while (!open_.empty() && now_ < until) {
      const Span& top = *open_.back();
      const sim::Time stop = std::min(top.end, until);
      if (stop > now_) {
        Sums& sums = sums_[index_of(top.context.actor, top.context.phase)];
        sums.exclusive += stop - now_;
        sums.startup += training_ ? std::max(Duration{}, std::min(stop, *training_) - now_) : stop - now_;
        now_ = stop;
      }
      if (top.end <= now_) open_.pop_back();
    }
  }

  std::vector<Sums>& sums_;
  std::optional<sim::Time> training_;
  std::vector<const Span*> open_;
  sim::Time now_{};
};

// By actor and phase, as of index_of.
std::vector<Sums> sums_of(const Journal& journal) {
  std::vector<Sums> sums(journal.actors.size() * models::phases);
  std::optional<Walk> walk;
  std::optional<models::ActorId> actor;
  for (const Span* span : by_actor_and_start(journal)) {
    if (actor != span->context.actor) {
      if (walk) walk->finish();
      walk.emplace(sums, journal.training_started());
      actor = span->context.actor;
    }
    walk->begin(*span);
  }
  if (walk) walk->finish();
  return sums;
}

bool has_spans(const std::vector<Sums>& sums, std::size_t who) {
  const auto begin = sums.begin() + static_cast<std::ptrdiff_t>(who * models::phases);
  return std::any_of(begin, begin + models::phases, [](const Sums& s) { return s.spans > 0; });
}

void append(std::vector<PhaseShare>& found, const std::vector<Sums>& sums, std::size_t who, std::string_view name,
            std::int64_t actors) {
  for (int phase = 0; phase < models::phases; ++phase) {
    const Sums& s = sums[index_of(who, static_cast<models::Phase>(phase))];
    if (s.spans == 0) continue;
    found.push_back({std::string(name), actors, static_cast<models::Phase>(phase), s.spans, s.total, s.exclusive, s.startup});
  }
}

}  // namespace

std::vector<PhaseTotal> phase_totals(const Journal& journal) {
  std::vector<PhaseTotal> all(journal.actors.size() * models::phases);
  for (const Span& span : journal.spans) {
    PhaseTotal& total = all[index_of(span.context.actor, span.context.phase)];
    ++total.spans;
    total.time += span.end - span.start;
  }
  std::vector<PhaseTotal> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].spans == 0) continue;
    found.push_back(all[i]);
    found.back().actor = static_cast<models::ActorId>(i / models::phases);
    found.back().phase = static_cast<models::Phase>(i % models::phases);
  }
  return found;
}

std::vector<PhaseShare> phases_by_actor(const Journal& journal) {
  const std::vector<Sums> sums = sums_of(journal);
  std::vector<PhaseShare> found;
  for (std::size_t actor = 0; actor < journal.actors.size(); ++actor) {
    append(found, sums, actor, journal.actors.name(static_cast<models::ActorId>(actor)), 1);
  }
  return found;
}

std::vector<PhaseShare> phases_by_role(const Journal& journal) {
  const std::vector<Sums> sums = sums_of(journal);
  std::unordered_map<std::string, std::size_t> known;
  std::vector<std::string> names;
  std::vector<std::int64_t> actors;
  std::vector<Sums> by_role;
  for (std::size_t actor = 0; actor < journal.actors.size(); ++actor) {
    if (!has_spans(sums, actor)) continue;
    const std::string name = role_of(journal.actors.name(static_cast<models::ActorId>(actor)));
    const auto [at, added] = known.emplace(name, names.size());
    if (added) {
      names.push_back(name);
      actors.push_back(0);
      by_role.resize(by_role.size() + models::phases);
    }
    ++actors[at->second];
    for (std::size_t phase = 0; phase < models::phases; ++phase) {
      by_role[at->second * models::phases + phase].add(sums[actor * models::phases + phase]);
    }
  }
  std::vector<PhaseShare> found;
  for (std::size_t role = 0; role < names.size(); ++role) append(found, by_role, role, names[role], actors[role]);
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
