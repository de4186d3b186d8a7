// The tables of a run besides `runs`: one per kind of row of a journal. Each column is declared once, in
// journal_tables.cpp, with its type, unit and meaning and with how it is taken from a row.
//
// `detail = full` keeps every row; `detail = summary` has no spans and invocations, and sums up what is paid for by all that
// decides its price, so that a bill can be worked out again from either.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/results.h"
#include "experiment/results_phases.h"
#include "experiment/results_schema.h"

namespace windtunnel::experiment {

/// What stands in a column of a row; text lives as long as the row. NaN is NULL, like nothing.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view>;

// Rows that are not the journal's own: sums, and what has a price beside it.

struct TransferRow {
  std::optional<models::Context> who;
  std::string_view service;
  std::int64_t count = 0;
  Bytes bytes;
};

struct LedgerRow {
  const models::PriceItem* item = nullptr;
  double quantity = 0;
  Usd usd;
  std::optional<models::Context> who;
};

struct RequestRow {
  std::optional<models::Context> who;
  std::string_view operation;
  Bytes size;
  std::int64_t count = 0;
};

struct RentalRow {
  std::optional<models::ActorId> actor;
  std::string_view item;
  std::int64_t count = 1;
  std::optional<sim::Time> rented, released;
  Duration billed{};
  double surplus_vcpu_s = 0;
};

/// Executions of a workflow; of one, or of all alike.
struct WorkflowRow {
  std::optional<models::Context> who;
  bool express = false;
  std::int64_t count = 1;
  std::optional<sim::Time> started, ended;
  std::int64_t transitions = 0, events = 0;
  Memory memory;
  std::int64_t express_steps = 0;  ///< started tenths of a second of an express execution
};

/// Calls that got an instance, alike in everything that decides their price: a models::CallSum.
struct CallsRow {
  Memory memory, tmp;
  std::string_view processor, package;
  std::int64_t count = 0;
  Duration billed{}, without_init{}, with_init{};
};

/// All that was used of an item: what any price sheet can bill.
struct ItemRow {
  const models::PriceItem* item = nullptr;
  double quantity = 0, startup_quantity = 0;
};

/// Their schema, in the order of the documentation.
std::vector<Table> journal_tables();

/// Gets the rows of a run: the table, the number of the row in it, and its cells after run_id and n.
using RowSink = std::function<void(std::string_view table, std::int64_t n, std::span<const Cell> cells)>;

/// The rows of one table. `Row`: SweepValue, Round, Evaluation, FaultEvent, Span, Invocation and StoredChange of the journal,
/// PhaseShare, and the rows above.
template <class Row>
void put_rows(const models::Journal& journal, const std::vector<Row>& rows, const RowSink& sink);

/// All rows of the run but that of `runs` (journal_rows.cpp).
void put_journal(const models::Journal& journal, Detail detail, const RowSink& sink);

}  // namespace windtunnel::experiment
