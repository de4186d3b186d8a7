// Which rows of a journal go into a results file, and how a summary adds them up.
#include <algorithm>
#include <compare>
#include <map>
#include <tuple>

#include "experiment/journal_tables.h"

namespace windtunnel::experiment {
namespace {

using models::Journal;
using std::chrono::milliseconds;

// Rows that are alike in `key`, added up in the order of their keys.
template <class Key, class Row, class Add>
std::vector<Row> sums(const std::vector<Row>& rows, Key key, Add add) {
  std::map<decltype(key(rows.front())), Row> groups;
  for (const Row& row : rows) {
    const auto [group, first] = groups.try_emplace(key(row), row);
    if (!first) add(group->second, row);
  }
  std::vector<Row> all;
  for (auto& [ignored, row] : groups) all.push_back(row);
  return all;
}

std::vector<TransferRow> transfers_of(const Journal& journal, bool full) {
  std::vector<TransferRow> rows;
  for (const models::Transfer& t : journal.transfers()) {
    rows.push_back({full ? std::optional(t.context) : std::nullopt, t.service, t.count, t.bytes});
  }
  if (full) return rows;
  return sums(rows, [](const TransferRow& t) { return t.service; },
              [](TransferRow& sum, const TransferRow& t) {
                sum.count += t.count;
                sum.bytes += t.bytes;
              });
}

std::vector<RequestRow> requests_of(const Journal& journal, bool full) {
  std::vector<RequestRow> rows;
  for (const models::Requests& r : journal.requests()) {
    rows.push_back({full ? std::optional(r.context) : std::nullopt, r.operation, r.size, r.count});
  }
  if (full) return rows;
  return sums(rows, [](const RequestRow& r) { return std::tuple(r.operation, r.size); },
              [](RequestRow& sum, const RequestRow& r) { sum.count += r.count; });
}

std::vector<RentalRow> rentals_of(const Journal& journal, bool full) {
  std::vector<RentalRow> rows;
  for (const models::Rental& r : journal.rentals) {
    RentalRow row{.item = journal.ledger.prices()[r.item].name, .billed = r.billed, .surplus_vcpu_s = r.surplus_vcpu_s};
    if (full) {
      row.actor = r.actor;
      row.rented = r.rented;
      row.released = r.released;
    }
    rows.push_back(row);
  }
  if (full) return rows;
  return sums(rows, [](const RentalRow& r) { return r.item; },
              [](RentalRow& sum, const RentalRow& r) {
                sum.count += r.count;
                sum.billed += r.billed;
                sum.surplus_vcpu_s += r.surplus_vcpu_s;
              });
}

std::vector<WorkflowRow> workflow_runs_of(const Journal& journal, bool full) {
  std::vector<WorkflowRow> rows;
  for (const models::WorkflowRun& w : journal.workflow_runs) {
    WorkflowRow row{.express = w.express, .transitions = w.transitions, .events = w.events, .memory = w.memory};
    if (w.express) row.express_steps = (w.ended - w.started + milliseconds(100) - Duration(1)) / milliseconds(100);
    if (full) {
      row.who = w.context;
      row.started = w.started;
      row.ended = w.ended;
    }
    rows.push_back(row);
  }
  if (full) return rows;
  return sums(rows, [](const WorkflowRow& w) { return std::tuple(w.express, w.memory); },
              [](WorkflowRow& sum, const WorkflowRow& w) {
                sum.count += w.count;
                sum.transitions += w.transitions;
                sum.events += w.events;
                sum.express_steps += w.express_steps;
              });
}

// How long its code ran; what ran for no time is billed as a millisecond.
Duration running(const models::Invocation& i) {
  using models::InvocationStatus;
  const bool began = i.ended > i.started || i.status == InvocationStatus::done || i.status == InvocationStatus::failed;
  return began ? std::max(i.ended - i.started, Duration(1)) : Duration::zero();
}

std::vector<CallsRow> calls_of(const Journal& journal) {
  std::vector<CallsRow> rows;
  for (const models::Invocation& i : journal.invocations) {
    if (!i.placed) continue;
    const Duration run = running(i);
    rows.push_back({.memory = i.memory,
                    .tmp = i.tmp,
                    .processor = i.processor,
                    .package = i.package,
                    .count = 1,
                    .billed = i.billed,
                    .without_init = std::chrono::ceil<milliseconds>(run),
                    .with_init = std::chrono::ceil<milliseconds>(i.init + run)});
  }
  return sums(rows, [](const CallsRow& c) { return std::tuple(c.memory, c.tmp, c.processor, c.package); },
              [](CallsRow& sum, const CallsRow& c) {
                sum.count += c.count;
                sum.billed += c.billed;
                sum.without_init += c.without_init;
                sum.with_init += c.with_init;
              });
}

std::vector<LedgerRow> ledger_of(const Journal& journal, bool full) {
  std::vector<LedgerRow> rows;
  const std::vector<Usd> priced = journal.ledger.priced();
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const models::Charge& charge = journal.ledger.charges()[i];
    rows.push_back({&journal.ledger.prices()[charge.item], charge.quantity, priced[i],
                    full ? std::optional(charge.context) : std::nullopt});
  }
  if (full) return rows;
  // All items stand in one list, so their addresses have its order.
  return sums(rows, [](const LedgerRow& l) { return l.item; },
              [](LedgerRow& sum, const LedgerRow& l) {
                sum.quantity += l.quantity;
                sum.usd += l.usd;
              });
}

std::vector<ItemRow> items_of(const Journal& journal) {
  const models::PriceSheet& prices = journal.ledger.prices();
  std::vector<double> used(prices.items().size());
  for (const models::Charge& charge : journal.ledger.charges()) used[charge.item] += charge.quantity;
  const std::vector<double> early = journal.startup_quantities();
  std::vector<ItemRow> rows;
  for (models::ItemId item = 0; item < used.size(); ++item) {
    if (used[item] > 0) rows.push_back({&prices[item], used[item], early[item]});
  }
  return rows;
}

}  // namespace

void put_journal(const Journal& journal, Detail detail, const RowSink& sink) {
  const bool full = detail == Detail::full;
  put_rows(journal, journal.rounds, sink);
  put_rows(journal, journal.evaluations, sink);
  put_rows(journal, journal.faults, sink);
  put_rows(journal, full ? phases_by_actor(journal) : phases_by_role(journal), sink);
  if (full) {
    put_rows(journal, journal.spans, sink);
    put_rows(journal, journal.invocations, sink);
  }
  put_rows(journal, calls_of(journal), sink);
  put_rows(journal, transfers_of(journal, full), sink);
  put_rows(journal, requests_of(journal, full), sink);
  put_rows(journal, rentals_of(journal, full), sink);
  put_rows(journal, workflow_runs_of(journal, full), sink);
  put_rows(journal, journal.stored, sink);
  put_rows(journal, ledger_of(journal, full), sink);
  put_rows(journal, items_of(journal), sink);
}

}  // namespace windtunnel::experiment
