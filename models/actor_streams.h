// Random streams by actor: what an actor draws for a purpose depends on (seed, purpose, the actor's name, the number of
// its draw) and on nothing that others do. So two runs that differ in one setting differ by that setting's doing only.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "models/journal.h"
#include "sim/fingerprint.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace windtunnel::models {

class ActorStreams {
 public:
  /// `simulation` and `actors` outlive the streams.
  ActorStreams(const sim::Simulation& simulation, const Actors& actors, std::string_view purpose)
      : simulation_(simulation), actors_(actors), purpose_(purpose) {}

  /// The actor's stream, at the place where it left it.
  sim::RandomStream& of(ActorId actor) {
    if (actor >= places_.size()) places_.resize(actor + 1, none);
    std::uint32_t& place = places_[actor];
    if (place == none) {
      place = static_cast<std::uint32_t>(streams_.size());
      streams_.push_back(simulation_.stream(purpose_, sim::hash_of(actors_.name(actor))));
    }
    return streams_[place];
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  const sim::Simulation& simulation_;
  const Actors& actors_;
  std::string purpose_;
  std::vector<std::uint32_t> places_;    // by actor, into streams_: most actors draw for few purposes
  std::deque<sim::RandomStream> streams_;
};

}  // namespace windtunnel::models
