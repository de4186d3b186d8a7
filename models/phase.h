// Who does what, in which phase of which round: the label of every span, charge, invocation and transfer.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/fingerprint.h"

namespace windtunnel::models {

using ActorId = std::uint32_t;

/// What an actor is doing. One word per thing; `name` gives the word used in results and charts.
enum class Phase : std::uint8_t {
  boot,          ///< a machine or a database node starts
  cold_start,    ///< a function's instance initialises
  invoke,        ///< a call's way to a function and back
  queued,        ///< waiting for a free instance (concurrency or scaling limit), or before another try
  ready,         ///< waiting for others to start before training begins
  transition,    ///< a workflow's step from one state to the next
  authenticate,  ///< keys and tokens
  fetch,         ///< reading data, weights or updates
  compute,       ///< gradients
  encode,        ///< tensors into messages and back
  store,         ///< writing updates
  average,       ///< a worker's own minibatch gradients into one
  heartbeat,     ///< are the others alive
  barrier,       ///< waiting for the others
  aggregate,     ///< the workers' updates into one
  update,        ///< the optimizer's step
  evaluate,      ///< measuring the model on the test data
  converge,      ///< deciding whether to stop
  trigger,       ///< starting the next round
  checkpoint,    ///< saving the model
  restore,       ///< after a crash: reboot's follow-up, loading the checkpoint
  rent,          ///< paid by time, whatever is done in it: of charges only
  idle,          ///< nothing to do
};
inline constexpr int phases = static_cast<int>(Phase::idle) + 1;
std::string_view name(Phase phase);

struct Context {
  ActorId actor = 0;
  Phase phase = Phase::idle;
  std::int32_t round = -1;  ///< -1: outside of any round
  bool operator==(const Context&) const = default;
  Context in(Phase other) const { return {actor, other, round}; }
};

/// All of a context in 64 bits, for hashing: different contexts differ, but for rounds above 2^24.
constexpr std::uint64_t bits_of(const Context& context) {
  const auto round = static_cast<std::uint64_t>(static_cast<std::uint32_t>(context.round));
  return (static_cast<std::uint64_t>(context.actor) << 32) ^ (round << 8) ^ static_cast<std::uint64_t>(context.phase);
}

/// By the actor's number: the fingerprint of a whole journal has the names in their order.
inline void add(sim::Fingerprint& print, const Context& context) {
  print.add_pair(static_cast<std::uint64_t>(context.actor) << 8 | static_cast<std::uint64_t>(context.phase),
                 static_cast<std::uint64_t>(context.round));
}

}  // namespace windtunnel::models
