// Which rows of a journal go into a results file, or of which sums.
#include <map>
#include <tuple>

#include "experiment/journal_tables.h"

namespace windtunnel::experiment {
namespace {

using models::Journal;

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
  if (full) {
    for (const models::Transfer& t : journal.transfers()) rows.push_back({t.context, t.service, t.count, t.bytes});
  } else {
    const models::TransferSums sums = journal.transfer_sums();
    for (const auto& [service, sum] : sums.by_service) {
      rows.push_back({std::nullopt, service, sum.count, sum.bytes});
    }
  }
  return rows;
}

std::vector<RequestRow> requests_of(const Journal& journal, bool full) {
  std::vector<RequestRow> rows;
  if (full) {
    for (const models::Requests& r : journal.requests()) rows.push_back({r.context, r.operation, r.size, r.count});
  } else {
    const models::RequestSums sums = journal.request_sums();
    for (const auto& [alike, count] : sums.alike) {
      rows.push_back({std::nullopt, std::get<0>(alike), std::get<1>(alike), count});
    }
  }
  return rows;
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
  if (full) {
    for (const models::WorkflowRun& w : journal.workflow_runs) {
      rows.push_back({w.context, w.express, 1, w.started, w.ended, w.transitions, w.events, w.memory, models::express_steps(w)});
    }
  } else {
    const models::WorkflowSums sums = journal.workflow_sums();
    for (const auto& [alike, sum] : sums.alike) {
      const auto& [express, memory] = alike;
      rows.push_back({std::nullopt, express, sum.count, std::nullopt, std::nullopt, sum.transitions, sum.events, memory,
                      sum.express_steps});
    }
  }
  return rows;
}

std::vector<CallsRow> calls_of(const Journal& journal) {
  std::vector<CallsRow> rows;
  const models::InvocationSums sums = journal.invocation_sums();
  for (const auto& [alike, sum] : sums.placed) {
    const auto& [memory, tmp, processor, package] = alike;
    rows.push_back({memory, tmp, processor, package, sum.count, sum.billed, sum.without_init, sum.with_init});
  }
  return rows;
}

std::vector<LedgerRow> ledger_of(const Journal& journal, bool full) {
  const models::PriceSheet& prices = journal.ledger.prices();
  std::vector<LedgerRow> rows;
  if (full) {
    const std::vector<Usd> priced = journal.ledger.priced();
    for (std::size_t i = 0; i < priced.size(); ++i) {
      const models::Charge& charge = journal.ledger.charges()[i];
      rows.push_back({&prices[charge.item], charge.quantity, priced[i], charge.context});
    }
    return rows;
  }
  const models::LedgerSums sums = journal.ledger.sums();
  for (models::ItemId item = 0; item < sums.rows_of.size(); ++item) {
    if (sums.rows_of[item] > 0) rows.push_back({&prices[item], sums.quantity[item], sums.usd[item], std::nullopt});
  }
  return rows;
}

std::vector<ItemRow> items_of(const Journal& journal) {
  const std::vector<double> used = journal.ledger.sums().quantity, early = journal.startup_quantities();
  std::vector<ItemRow> rows;
  for (models::ItemId item = 0; item < used.size(); ++item) {
    if (used[item] > 0) rows.push_back({&journal.ledger.prices()[item], used[item], early[item]});
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
