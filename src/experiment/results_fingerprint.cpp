#include <cstdint>

#include "experiment/results.h"

namespace windtunnel::experiment {
namespace {

void add(sim::Fingerprint& print, sim::Time time) { print.add(time.time_since_epoch().count()); }

// Of rows that may not be kept: how many there were, and the fingerprint of them in their order.
template <class Sums>
void add_rows(sim::Fingerprint& print, const Sums& sums) {
  print.add(sums.rows);
  print.add(sums.print.value());
}

void add(sim::Fingerprint& print, const models::SpanSums& sums) {
  for (models::ActorId actor = 0; actor < sums.actors(); ++actor) {
    for (int phase = 0; phase < models::phases; ++phase) {
      const models::PhaseSum& sum = sums.of(actor, static_cast<models::Phase>(phase));
      if (sum.spans == 0) continue;
      models::add(print, {actor, static_cast<models::Phase>(phase), 0});
      print.add(sum.spans);
      print.add(sum.total.count());
    }
  }
}

}  // namespace

sim::Fingerprint results_fingerprint(const RunRecord& run) {
  sim::Fingerprint print;
  print.add(name(run.status));
  add(print, run.ended);
  print.add(run.accuracy);
  print.add(run.loss);
  if (run.journal == nullptr) return print;
  const models::Journal& journal = *run.journal;
  print.add(journal.rounds.size());
  for (const models::Round& round : journal.rounds) {
    print.add(round.round);
    add(print, round.start);
    add(print, round.end);
    print.add(round.participants);
  }
  print.add(journal.evaluations.size());
  for (const models::Evaluation& evaluation : journal.evaluations) {
    print.add(evaluation.round);
    add(print, evaluation.at);
    print.add(journal.actors.name(evaluation.actor));
    print.add(evaluation.loss);
    print.add(evaluation.accuracy);
  }
  print.add(journal.faults.size());
  for (const models::FaultEvent& fault : journal.faults) {
    print.add(journal.actors.name(fault.actor));
    print.add(fault.kind);
    print.add(fault.round);
    add(print, fault.at);
  }
  // What follows names actors and items by their numbers.
  for (models::ActorId actor = 0; actor < journal.actors.size(); ++actor) print.add(journal.actors.name(actor));
  for (const models::PriceItem& item : journal.ledger.prices().items()) print.add(item.name);
  add_rows(print, journal.ledger.sums());
  add_rows(print, journal.transfer_sums());
  print.add(journal.invocation_sums().calls);
  add_rows(print, journal.request_sums());
  print.add(journal.rentals.size());
  for (const models::Rental& rental : journal.rentals) {
    print.add(journal.actors.name(rental.actor));
    print.add(journal.ledger.prices()[rental.item].name);
    add(print, rental.rented);
    add(print, rental.released);
    print.add(rental.billed.count());
    print.add(rental.surplus_vcpu_s);
  }
  add_rows(print, journal.workflow_sums());
  print.add(journal.stored.size());
  for (const models::StoredChange& change : journal.stored) {
    add(print, change.at);
    print.add(change.bytes);
  }
  add(print, journal.training_started().value_or(run.ended));
  add(print, journal.span_sums());
  return print;
}

}  // namespace windtunnel::experiment
