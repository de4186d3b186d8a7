#include "models/span_sums.h"

#include <algorithm>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// The spans that began before their actor's `until`, those of an actor together and in the order in which they began; of two
// that began together the longer first, so that the other lies on top.
std::vector<const Span*> by_actor_and_start(const std::vector<Span>& spans, const std::vector<sim::Time>& until) {
  std::vector<std::size_t> first(until.size() + 1);
  std::size_t count = 0;
  const auto concerned = [&](const Span& span) { return span.start < until[span.context.actor]; };
  for (const Span& span : spans) {
    check(span.context.actor < until.size(), "SpanSums: a known actor");
    if (concerned(span)) ++first[span.context.actor + 1], ++count;
  }
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<const Span*> sorted(count);
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  for (const Span& span : spans) {
    if (concerned(span)) sorted[next[span.context.actor]++] = &span;
  }
  for (std::size_t actor = 0; actor + 1 < first.size(); ++actor) {
    std::stable_sort(sorted.begin() + static_cast<std::ptrdiff_t>(first[actor]),
                     sorted.begin() + static_cast<std::ptrdiff_t>(first[actor + 1]), [](const Span* a, const Span* b) {
                       return a->start != b->start ? a->start < b->start : a->end > b->end;
                     });
  }
  return sorted;
}

}  // namespace

void PhaseSum::add(const PhaseSum& other) {
  spans += other.spans;
  total += other.total;
  exclusive += other.exclusive;
  startup += other.startup;
}

void SpanSums::add(const std::vector<Span>& spans, const std::vector<sim::Time>& until, std::optional<sim::Time> training) {
  if (until.size() > walks_.size()) {
    walks_.resize(until.size());
    sums_.resize(until.size() * static_cast<std::size_t>(phases));
  }
  for (const Span* span : by_actor_and_start(spans, until)) begin(*span, training);
  for (std::size_t actor = 0; actor < until.size(); ++actor) advance(static_cast<ActorId>(actor), until[actor], training);
}

void SpanSums::begin(const Span& span, std::optional<sim::Time> training) {
  const ActorId actor = span.context.actor;
  Walk& walk = walks_[actor];
  check(span.start >= walk.now, "SpanSums: what begins later is added later");
  advance(actor, span.start, training);
  PhaseSum& sum = sums_[index(actor, span.context.phase)];
  ++sum.spans;
  sum.total += span.end - span.start;
  walk.open.push_back({span.context.phase, span.end});
  walk.now = span.start;
}

void SpanSums::advance(ActorId actor, sim::Time until, std::optional<sim::Time> training) {
  Walk& walk = walks_[actor];
  while (!walk.open.empty() && walk.now < until) {
    const Open top = walk.open.back();
    const sim::Time stop = std::min(top.end, until);
    if (stop > walk.now) {
      PhaseSum& sum = sums_[index(actor, top.phase)];
      sum.exclusive += stop - walk.now;
      sum.startup += training ? std::max(Duration{}, std::min(stop, *training) - walk.now) : stop - walk.now;
      walk.now = stop;
    }
    if (top.end <= walk.now) walk.open.pop_back();
  }
}

bool SpanSums::has_spans(ActorId actor) const {
  const auto begin = sums_.begin() + static_cast<std::ptrdiff_t>(index(actor, Phase{}));
  return std::any_of(begin, begin + phases, [](const PhaseSum& sum) { return sum.spans > 0; });
}

}  // namespace windtunnel::models
