#include "experiment/results_rows.h"

#include <fmt/format.h>

#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "experiment/results_schema.h"

namespace windtunnel::experiment {
namespace {

double seconds(sim::Time time) { return to_seconds(time.time_since_epoch()); }

}  // namespace

// Fills the columns of a row in the order of the table.
class RunRows::Row {
 public:
  Row(Statement& statement, std::int64_t run_id) : statement_(statement) { add(run_id); }

  template <class T>
  Row& add(const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      statement_.bind(++column_, value);
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      statement_.bind(++column_, std::string_view(value));
    } else {
      statement_.bind(++column_, static_cast<std::int64_t>(value));
    }
    return *this;
  }
  Row& null() {
    statement_.bind_null(++column_);
    return *this;
  }
  Row& round(std::int32_t round) { return round < 0 ? null() : add(round); }
  void insert() { statement_.run(); }

 private:
  Statement& statement_;
  int column_ = 0;
};

// Service, item, kind, quantity, unit, unit price and USD of a charge.
RunRows::Row& RunRows::charge(Row& row, const models::PriceItem& item, double quantity, Usd usd) {
  const double unit_price = quantity > 0 ? usd.value / quantity : item.tiers.front().usd;
  return row.add(item.service)
      .add(item.name)
      .add(models::name(item.kind))
      .add(quantity)
      .add(item.unit)
      .add(unit_price)
      .add(usd.value);
}

RunRows::RunRows(const Database& database) {
  for (const Table& table : tables()) {
    if (table.name != "columns") inserts_.emplace(table.name, database.prepare(insert_into(table.name)));
  }
}

RunRows::Row RunRows::row(std::string_view table, std::int64_t run_id) { return {inserts_.find(table)->second, run_id}; }

void RunRows::write(const RunRecord& run, Detail detail) {
  const RunSummary s = summarize(run, detail);
  row("runs", s.run_id)
      .add(s.point)
      .add(s.replication)
      .add(s.scenario)
      .add(s.variant)
      .add(s.point_label)
      .add(s.architecture)
      .add(s.rule)
      .add(s.attack)
      .add(s.seed)
      .add(s.scenario_hash)
      .add(run.scenario_json)
      .add(s.program_version)
      .add(s.price_sheet)
      .add(name(s.status))
      .add(s.reason)
      .add(name(s.detail))
      .add(s.rounds)
      .add(s.simulated_s)
      .add(s.cost_usd)
      .add(s.compute_usd)
      .add(s.requests_usd)
      .add(s.storage_usd)
      .add(s.machines_usd)
      .add(s.accuracy)
      .add(s.loss)
      .add(s.cold_starts)
      .add(s.invocations)
      .add(s.bytes_moved)
      .add(s.trajectory_fingerprint)
      .add(s.results_fingerprint)
      .add(s.reproducible)
      .insert();
  for (std::size_t i = 0; i < run.sweep_values.size(); ++i) {
    row("sweep_values", run.run_id).add(i).add(run.sweep_values[i].path).add(run.sweep_values[i].value).insert();
  }
  if (run.journal == nullptr) return;
  write_small(run, *run.journal);
  detail == Detail::full ? write_full(run.run_id, *run.journal) : write_summary(run.run_id, *run.journal);
}

void RunRows::write_small(const RunRecord& run, const models::Journal& journal) {
  for (std::size_t i = 0; i < journal.rounds.size(); ++i) {
    const models::Round& round = journal.rounds[i];
    row("rounds", run.run_id)
        .add(i)
        .add(round.round)
        .add(seconds(round.start))
        .add(seconds(round.end))
        .add(round.participants)
        .insert();
  }
  for (std::size_t i = 0; i < journal.evaluations.size(); ++i) {
    const models::Evaluation& evaluation = journal.evaluations[i];
    row("evaluations", run.run_id)
        .add(i)
        .add(evaluation.round)
        .add(seconds(evaluation.at))
        .add(journal.actors.name(evaluation.actor))
        .add(evaluation.loss)
        .add(evaluation.accuracy)
        .insert();
  }
  for (std::size_t i = 0; i < journal.faults.size(); ++i) {
    const models::FaultEvent& fault = journal.faults[i];
    row("faults", run.run_id)
        .add(i)
        .add(journal.actors.name(fault.actor))
        .add(fault.kind)
        .round(fault.round)
        .add(seconds(fault.at))
        .add(fault.detail)
        .insert();
  }
}

void RunRows::write_phase(std::int64_t run_id, std::size_t n, const PhaseShare& share) {
  row("phases", run_id)
      .add(n)
      .add(share.who)
      .add(share.actors)
      .add(models::name(share.phase))
      .add(share.spans)
      .add(to_seconds(share.total))
      .add(to_seconds(share.exclusive))
      .add(to_seconds(share.startup))
      .insert();
}

void RunRows::write_full(std::int64_t run_id, const models::Journal& journal) {
  std::size_t n = 0;
  for (const PhaseShare& share : phases_by_actor(journal)) write_phase(run_id, n++, share);
  for (std::size_t i = 0; i < journal.spans.size(); ++i) {
    const models::Span& span = journal.spans[i];
    row("spans", run_id)
        .add(i)
        .add(journal.actors.name(span.context.actor))
        .add(models::name(span.context.phase))
        .round(span.context.round)
        .add(seconds(span.start))
        .add(seconds(span.end))
        .insert();
  }
  for (std::size_t i = 0; i < journal.invocations.size(); ++i) {
    const models::Invocation& invocation = journal.invocations[i];
    row("invocations", run_id)
        .add(i)
        .add(journal.actors.name(invocation.context.actor))
        .add(models::name(invocation.context.phase))
        .round(invocation.context.round)
        .add(journal.functions.at(invocation.function))
        .add(invocation.instance)
        .add(seconds(invocation.requested))
        .add(seconds(invocation.started))
        .add(seconds(invocation.ended))
        .add(invocation.cold)
        .add(to_seconds(invocation.init))
        .add(to_seconds(invocation.billed))
        .add(models::name(invocation.status))
        .insert();
  }
  for (std::size_t i = 0; i < journal.transfers().size(); ++i) {
    const models::Transfer& transfer = journal.transfers()[i];
    row("transfers", run_id)
        .add(i)
        .add(journal.actors.name(transfer.context.actor))
        .add(models::name(transfer.context.phase))
        .round(transfer.context.round)
        .add(transfer.service)
        .add(transfer.count)
        .add(transfer.bytes.count)
        .insert();
  }
  const std::vector<Usd> priced = journal.ledger.priced();
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const models::Charge& entry = journal.ledger.charges()[i];
    Row line = row("ledger", run_id);
    line.add(i);
    charge(line, journal.ledger.prices()[entry.item], entry.quantity, priced[i])
        .add(journal.actors.name(entry.context.actor))
        .add(models::name(entry.context.phase))
        .round(entry.context.round)
        .insert();
  }
}

void RunRows::write_summary(std::int64_t run_id, const models::Journal& journal) {
  std::size_t n = 0;
  for (const PhaseShare& share : phases_by_role(journal)) write_phase(run_id, n++, share);
  std::map<std::string_view, models::Transfer> services;
  for (const models::Transfer& transfer : journal.transfers()) {
    models::Transfer& sum = services[transfer.service];
    sum.count += transfer.count;
    sum.bytes += transfer.bytes;
  }
  n = 0;
  for (const auto& [service, sum] : services) {
    row("transfers", run_id).add(n++).null().null().null().add(service).add(sum.count).add(sum.bytes.count).insert();
  }
  struct Sum {
    double quantity = 0;
    Usd usd;
  };
  std::map<models::ItemId, Sum> items;
  const std::vector<Usd> priced = journal.ledger.priced();
  for (std::size_t i = 0; i < priced.size(); ++i) {
    Sum& sum = items[journal.ledger.charges()[i].item];
    sum.quantity += journal.ledger.charges()[i].quantity;
    sum.usd += priced[i];
  }
  n = 0;
  for (const auto& [item, sum] : items) {
    Row line = row("ledger", run_id);
    line.add(n++);
    charge(line, journal.ledger.prices()[item], sum.quantity, sum.usd).null().null().null().insert();
  }
}

}  // namespace windtunnel::experiment
