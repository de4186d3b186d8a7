// Spans summed up: how long each actor spent in each phase.
//
// An actor's spans may overlap (a workflow's state holds a fetch and a wait). Three figures, therefore: `total` adds up the
// spans; `exclusive` counts every instant of an actor once, for the span that began last among those under way, so that an
// actor's phases add up to no more than the length of the run; `startup` is the part of `exclusive` before the training.
// Promise: the same sums whether the spans are added at once or, as far as they have ended, bit by bit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/rows.h"
#include "sim/time.h"

namespace windtunnel::models {

struct PhaseSum {
  std::int64_t spans = 0;
  Duration total{}, exclusive{}, startup{};

  void add(const PhaseSum& other);
};

class SpanSums {
 public:
  /// Adds the spans of each actor that began before `until[actor]`; those that are added later begin then or afterwards (checked).
  /// `training`: when the training began; none: it never did, and all is start-up.
  void add(const std::vector<Span>& spans, const std::vector<sim::Time>& until, std::optional<sim::Time> training);

  std::size_t actors() const { return walks_.size(); }
  /// actor < actors().
  const PhaseSum& of(ActorId actor, Phase phase) const { return sums_[index(actor, phase)]; }
  bool has_spans(ActorId actor) const;

 private:
  // A span under way at the point of an actor's time that the sums have come to.
  struct Open {
    Phase phase{};
    sim::Time end;
  };
  // An actor's time so far: the top of the stack is the span that began last among those under way.
  struct Walk {
    std::vector<Open> open;
    sim::Time now{};
  };

  static std::size_t index(ActorId actor, Phase phase) {
    return static_cast<std::size_t>(actor) * static_cast<std::size_t>(phases) + static_cast<std::size_t>(phase);
  }
  void begin(const Span& span, std::optional<sim::Time> training);
  void advance(ActorId actor, sim::Time until, std::optional<sim::Time> training);

  std::vector<PhaseSum> sums_;  // by actor and phase
  std::vector<Walk> walks_;     // by actor
};

}  // namespace windtunnel::models
