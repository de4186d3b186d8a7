// A small cloud for tests: a simulation, a journal under a price sheet, a network; and ways to sum up what the journal
// says.
#pragma once

#include <string>
#include <string_view>

#include "models/journal.h"
#include "models/network.h"
#include "sim/simulation.h"

namespace windtunnel::models {

struct Cloud {
  explicit Cloud(std::string_view sheet = "aws-us-east-1-2025-08") : journal(PriceSheet::named(sheet)) {}

  Context context(std::string_view actor, Phase phase = Phase::compute, std::int32_t round = 0) {
    return {.actor = journal.actors.id(actor), .phase = phase, .round = round};
  }
  /// Sum over all rows of the item.
  double quantity(std::string_view item) const {
    const ItemId id = journal.ledger.prices().item(item);
    double sum = 0;
    for (const Charge& charge : journal.ledger.charges()) sum += charge.item == id ? charge.quantity : 0;
    return sum;
  }
  /// Seconds spent in a phase, all actors together.
  double spent(Phase phase) const {
    double sum = 0;
    for (const Span& span : journal.spans) sum += span.context.phase == phase ? to_seconds(span.end - span.start) : 0;
    return sum;
  }
  double now_s() const { return to_seconds(simulation.now().time_since_epoch()); }

  sim::Simulation simulation{1};
  Journal journal;
  Network network{simulation, journal, {}};
};

}  // namespace windtunnel::models
