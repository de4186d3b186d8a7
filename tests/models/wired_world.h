// A small world for the tests of the network and what hangs on it: a clock, a journal with shipped prices, and a network
// with a latency that is easy to reckon with.
#pragma once

#include <string>
#include <utility>

#include "models/journal.h"
#include "models/network.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models::wired {

inline constexpr Duration latency = std::chrono::milliseconds(10);

inline NetworkConfig plain_network() {
  NetworkConfig config;
  config.latency = constant(latency);
  return config;
}

struct World {
  explicit World(NetworkConfig config = plain_network(), std::uint64_t seed = 1)
      : simulation(seed), network(simulation, journal, std::move(config)) {}

  sim::Simulation simulation;
  Journal journal{PriceSheet::named("aws-us-east-1-2025-08")};
  Network network;
  Context context{.actor = journal.actors.id("client"), .phase = Phase::fetch, .round = 0};

  /// Sum of the charges of an item, in its unit.
  double charged(std::string_view item) const {
    double sum = 0;
    for (const Charge& charge : journal.ledger.charges()) {
      if (charge.item == journal.ledger.prices().item(item)) sum += charge.quantity;
    }
    return sum;
  }
};

/// What became of a process: when it ended and with which error.
struct Outcome {
  bool done = false;
  Duration at{0};
  std::string error;  ///< of a RunError
};

/// Runs `task` after `start` and writes its outcome down.
template <class Failure = RunError>
sim::Task<> observe(sim::Simulation& simulation, sim::Task<> task, Outcome& outcome, Duration start = Duration(0)) {
  if (start > Duration(0)) co_await simulation.delay(start);
  try {
    co_await std::move(task);
  } catch (const Failure& failure) {
    outcome.error = failure.what();
  }
  outcome.done = true;
  outcome.at = simulation.now().time_since_epoch();
}

}  // namespace windtunnel::models::wired
