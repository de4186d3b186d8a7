#include <array>
#include <cstdint>
#include <vector>

#include "experiment/results.h"
#include "experiment/results_phases.h"

namespace windtunnel::experiment {
namespace {

void add(sim::Fingerprint& print, sim::Time time) { print.add(time.time_since_epoch().count()); }

void add(sim::Fingerprint& print, const models::Journal& journal, const models::Context& context) {
  print.add(journal.actors.name(context.actor));
  print.add(models::name(context.phase));
  print.add(context.round);
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
  const std::vector<Usd> priced = journal.ledger.priced();
  print.add(priced.size());
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const models::Charge& charge = journal.ledger.charges()[i];
    print.add(journal.ledger.prices()[charge.item].name);
    print.add(charge.quantity);
    print.add(priced[i].value);
    add(print, journal, charge.context);
  }
  print.add(journal.transfers().size());
  for (const models::Transfer& transfer : journal.transfers()) {
    add(print, journal, transfer.context);
    print.add(transfer.service);
    print.add(transfer.count);
    print.add(transfer.bytes.count);
  }
  print.add(journal.invocations.size());
  print.add(journal.requests().size());
  for (const models::Requests& requests : journal.requests()) {
    add(print, journal, requests.context);
    print.add(requests.operation);
    print.add(requests.size.count);
    print.add(requests.count);
  }
  print.add(journal.rentals.size());
  for (const models::Rental& rental : journal.rentals) {
    print.add(journal.actors.name(rental.actor));
    print.add(journal.ledger.prices()[rental.item].name);
    add(print, rental.rented);
    add(print, rental.released);
    print.add(rental.billed.count());
    print.add(rental.surplus_vcpu_s);
  }
  print.add(journal.workflow_runs.size());
  for (const models::WorkflowRun& workflow : journal.workflow_runs) {
    add(print, journal, workflow.context);
    add(print, workflow.started);
    add(print, workflow.ended);
    print.add(workflow.transitions);
    print.add(workflow.events);
  }
  print.add(journal.stored.size());
  for (const models::StoredChange& change : journal.stored) {
    add(print, change.at);
    print.add(change.bytes);
  }
  add(print, journal.training_started().value_or(run.ended));
  for (const PhaseTotal& total : phase_totals(journal)) {
    print.add(journal.actors.name(total.actor));
    print.add(models::name(total.phase));
    print.add(total.spans);
    print.add(total.time.count());
  }
  return print;
}

}  // namespace windtunnel::experiment
