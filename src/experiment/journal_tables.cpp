#include "experiment/journal_tables.h"

#include <array>
#include <tuple>

namespace windtunnel::experiment {
namespace {

using models::Context;
using models::Journal;

template <class Row>
struct RowColumn {
  Column column;
  Cell (*take)(const Journal& journal, const Row& row);
};

Cell seconds(sim::Time time) { return to_seconds(time.time_since_epoch()); }
Cell maybe(const std::optional<sim::Time>& time) { return time ? seconds(*time) : Cell{}; }
Cell integer(std::int64_t value) { return value; }
Cell round_of(std::int32_t round) { return round < 0 ? Cell{} : integer(round); }

std::optional<Context> who(const models::Span& row) { return row.context; }
std::optional<Context> who(const models::Invocation& row) { return row.context; }
template <class Row>
std::optional<Context> who(const Row& row) {
  return row.who;
}

// Who, in which phase of which round: of rows that are kept one by one, and of those that a summary sums up.
template <class Row>
constexpr RowColumn<Row> actor(std::string_view type, std::string_view meaning) {
  return {{"actor", type, "", meaning}, [](const Journal& journal, const Row& row) {
            const auto context = who(row);
            return context ? Cell(journal.actors.name(context->actor)) : Cell{};
          }};
}
template <class Row>
constexpr RowColumn<Row> phase(std::string_view type, std::string_view meaning) {
  return {{"phase", type, "", meaning}, [](const Journal&, const Row& row) {
            const auto context = who(row);
            return context ? Cell(models::name(context->phase)) : Cell{};
          }};
}
template <class Row>
constexpr RowColumn<Row> round(std::string_view meaning) {
  return {{"round", sql::maybe_integer, "", meaning}, [](const Journal&, const Row& row) {
            const auto context = who(row);
            return context ? round_of(context->round) : Cell{};
          }};
}

constexpr std::string_view who_is = "who: the name of a worker, function or machine";
constexpr std::string_view who_or_all = "who; NULL: all actors together (detail = summary)";
constexpr std::string_view phase_or_all = "in which phase; NULL: all phases together (detail = summary)";
constexpr std::string_view which_round = "in which round, from 0; NULL: outside of any round";
constexpr std::string_view round_or_all = "in which round, from 0; NULL: outside of any round, or all together (detail = summary)";

template <class Row>
constexpr RowColumn<Row> actor_or_all() {
  return actor<Row>(sql::maybe_text, who_or_all);
}
template <class Row>
constexpr RowColumn<Row> phase_or_all_of() {
  return phase<Row>(sql::maybe_text, phase_or_all);
}

constexpr std::array sweep_values{
    RowColumn<SweepValue>{{"path", sql::text, "", "dotted path of the axis, e.g. functions.memory"},
                          [](const Journal&, const SweepValue& v) { return Cell(std::string_view(v.path)); }},
    RowColumn<SweepValue>{{"value", sql::text, "", "the axis' value at the run's point, e.g. 512 MB"},
                          [](const Journal&, const SweepValue& v) { return Cell(std::string_view(v.value)); }}};

using RoundColumn = RowColumn<models::Round>;
constexpr std::array rounds{
    RoundColumn{{"round", sql::integer, "", "number of the round, from 0; of one that was done again, more than one row"},
                [](const Journal&, const models::Round& r) { return integer(r.round); }},
    RoundColumn{{"start_s", sql::real, "s", "simulated time of its start"},
                [](const Journal&, const models::Round& r) { return seconds(r.start); }},
    RoundColumn{{"end_s", sql::real, "s", "simulated time of its end"},
                [](const Journal&, const models::Round& r) { return seconds(r.end); }},
    RoundColumn{{"participants", sql::integer, "workers", "workers whose updates went in"},
                [](const Journal&, const models::Round& r) { return integer(r.participants); }}};

using EvaluationColumn = RowColumn<models::Evaluation>;
constexpr std::array evaluations{
    EvaluationColumn{{"round", sql::integer, "", "the model after this round; -1: the initial model"},
                     [](const Journal&, const models::Evaluation& e) { return integer(e.round); }},
    EvaluationColumn{{"at_s", sql::real, "s", "simulated time"},
                     [](const Journal&, const models::Evaluation& e) { return seconds(e.at); }},
    EvaluationColumn{{"actor", sql::text, "", "whose model"},
                     [](const Journal& j, const models::Evaluation& e) { return Cell(j.actors.name(e.actor)); }},
    EvaluationColumn{{"loss", sql::maybe_real, "", "loss on the test data; NULL when it is not a number"},
                     [](const Journal&, const models::Evaluation& e) { return Cell(e.loss); }},
    EvaluationColumn{{"accuracy", sql::maybe_real, "fraction", "accuracy on the test data, 0 to 1; NULL where there is none"},
                     [](const Journal&, const models::Evaluation& e) { return Cell(e.accuracy); }}};

using FaultColumn = RowColumn<models::FaultEvent>;
constexpr std::array faults{
    FaultColumn{{"actor", sql::text, "", "who it happened to"},
                [](const Journal& j, const models::FaultEvent& f) { return Cell(j.actors.name(f.actor)); }},
    FaultColumn{{"kind", sql::text, "", "crash, recovered, restored, …"},
                [](const Journal&, const models::FaultEvent& f) { return Cell(std::string_view(f.kind)); }},
    FaultColumn{{"round", sql::maybe_integer, "", which_round},
                [](const Journal&, const models::FaultEvent& f) { return round_of(f.round); }},
    FaultColumn{{"at_s", sql::real, "s", "simulated time"},
                [](const Journal&, const models::FaultEvent& f) { return seconds(f.at); }},
    FaultColumn{{"detail", sql::text, "", "one line for people"},
                [](const Journal&, const models::FaultEvent& f) { return Cell(std::string_view(f.detail)); }}};

using PhaseColumn = RowColumn<PhaseShare>;
constexpr std::array phases{
    PhaseColumn{{"actor", sql::text, "", "who; detail = summary: all whose names differ in their numbers only, e.g. peer-*"},
                [](const Journal&, const PhaseShare& p) { return Cell(std::string_view(p.who)); }},
    PhaseColumn{{"actors", sql::integer, "actors", "how many they are, with spans of any phase"},
                [](const Journal&, const PhaseShare& p) { return integer(p.actors); }},
    PhaseColumn{{"phase", sql::text, "", "what was done or waited for"},
                [](const Journal&, const PhaseShare& p) { return Cell(models::name(p.phase)); }},
    PhaseColumn{{"spans", sql::integer, "spans", "how many times"},
                [](const Journal&, const PhaseShare& p) { return integer(p.spans); }},
    PhaseColumn{{"total_s", sql::real, "s", "time together; overlapping spans of an actor all count"},
                [](const Journal&, const PhaseShare& p) { return Cell(to_seconds(p.total)); }},
    PhaseColumn{{"exclusive_s", sql::real, "s", "time together; an instant of an actor counts once, for its span that began last"},
                [](const Journal&, const PhaseShare& p) { return Cell(to_seconds(p.exclusive)); }},
    PhaseColumn{{"startup_s", sql::real, "s", "part of exclusive_s before the training began"},
                [](const Journal&, const PhaseShare& p) { return Cell(to_seconds(p.startup)); }}};

constexpr std::array spans{
    actor<models::Span>(sql::text, who_is),
    phase<models::Span>(sql::text, "what was done or waited for"),
    round<models::Span>(which_round),
    RowColumn<models::Span>{{"start_s", sql::real, "s", "simulated time of the start"},
                            [](const Journal&, const models::Span& s) { return seconds(s.start); }},
    RowColumn<models::Span>{{"end_s", sql::real, "s", "simulated time of the end"},
                            [](const Journal&, const models::Span& s) { return seconds(s.end); }}};

using CallColumn = RowColumn<models::Invocation>;
constexpr std::array invocations{
    actor<models::Invocation>(sql::text, who_is),
    phase<models::Invocation>(sql::text, "phase of the caller"),
    round<models::Invocation>(which_round),
    CallColumn{{"function", sql::text, "", "name of the function"},
               [](const Journal& j, const models::Invocation& i) { return Cell(std::string_view(j.functions.at(i.function))); }},
    CallColumn{{"instance", sql::integer, "", "number of the instance, from 0, in order of creation"},
               [](const Journal&, const models::Invocation& i) { return integer(i.instance); }},
    CallColumn{{"attempt", sql::integer, "", "of the call: 0 its first try, 1 its first retry, …"},
               [](const Journal&, const models::Invocation& i) { return integer(i.attempt); }},
    CallColumn{{"requested_s", sql::real, "s", "simulated time of the call"},
               [](const Journal&, const models::Invocation& i) { return seconds(i.requested); }},
    CallColumn{{"started_s", sql::real, "s", "simulated time at which its code began; ended_s when it never did"},
               [](const Journal&, const models::Invocation& i) { return seconds(i.started); }},
    CallColumn{{"ended_s", sql::real, "s", "simulated time of its end"},
               [](const Journal&, const models::Invocation& i) { return seconds(i.ended); }},
    CallColumn{{"cold", sql::integer, "", "1: it waited for a new instance"},
               [](const Journal&, const models::Invocation& i) { return integer(i.cold ? 1 : 0); }},
    CallColumn{{"placed", sql::integer, "", "1: it got an instance, and so is charged"},
               [](const Journal&, const models::Invocation& i) { return integer(i.placed ? 1 : 0); }},
    CallColumn{{"init_s", sql::real, "s", "initialisation of that instance; 0 when warm"},
               [](const Journal&, const models::Invocation& i) { return Cell(to_seconds(i.init)); }},
    CallColumn{{"billed_s", sql::real, "s", "billed duration"},
               [](const Journal&, const models::Invocation& i) { return Cell(to_seconds(i.billed)); }},
    CallColumn{{"memory_mb", sql::integer, "MB of 2^20 bytes", "memory of the instance"},
               [](const Journal&, const models::Invocation& i) { return integer(i.memory.mb); }},
    CallColumn{{"tmp_mb", sql::integer, "MB of 2^20 bytes", "its /tmp"},
               [](const Journal&, const models::Invocation& i) { return integer(i.tmp.mb); }},
    CallColumn{{"processor", sql::text, "", "x86 or arm64"},
               [](const Journal&, const models::Invocation& i) { return Cell(i.processor); }},
    CallColumn{{"package", sql::text, "", "zip or image: INIT of an image is always billed"},
               [](const Journal&, const models::Invocation& i) { return Cell(i.package); }},
    CallColumn{{"status", sql::text, "", "done, failed, timed_out, killed or throttled"},
               [](const Journal&, const models::Invocation& i) { return Cell(models::name(i.status)); }}};

constexpr std::array transfers{
    actor_or_all<TransferRow>(), phase_or_all_of<TransferRow>(), round<TransferRow>(round_or_all),
    RowColumn<TransferRow>{{"service", sql::text, "", "through what: network, s3, database, …"},
                           [](const Journal&, const TransferRow& t) { return Cell(t.service); }},
    RowColumn<TransferRow>{{"count", sql::integer, "transfers", "number of transfers"},
                           [](const Journal&, const TransferRow& t) { return integer(t.count); }},
    RowColumn<TransferRow>{{"bytes", sql::integer, "B", "their sizes together"},
                           [](const Journal&, const TransferRow& t) { return integer(t.bytes.count); }}};

constexpr std::array ledger{
    RowColumn<LedgerRow>{{"service", sql::text, "", "who charges: lambda, s3, ec2, …"},
                         [](const Journal&, const LedgerRow& l) { return Cell(std::string_view(l.item->service)); }},
    RowColumn<LedgerRow>{{"item", sql::text, "", "name of the item in the price sheet"},
                         [](const Journal&, const LedgerRow& l) { return Cell(std::string_view(l.item->name)); }},
    RowColumn<LedgerRow>{{"kind", sql::text, "", "compute, requests, storage or machines"},
                         [](const Journal&, const LedgerRow& l) { return Cell(models::name(l.item->kind)); }},
    RowColumn<LedgerRow>{{"quantity", sql::real, "the column unit", "how much was used, before any rounding of money"},
                         [](const Journal&, const LedgerRow& l) { return Cell(l.quantity); }},
    RowColumn<LedgerRow>{{"unit", sql::text, "", "unit of the quantity: GB-s, request, hour, …"},
                         [](const Journal&, const LedgerRow& l) { return Cell(std::string_view(l.item->unit)); }},
    RowColumn<LedgerRow>{{"unit_price", sql::real, "USD per unit", "price of one unit; over several tiers the mean"},
                         [](const Journal&, const LedgerRow& l) {
                           return Cell(l.quantity > 0 ? l.usd.value / l.quantity : l.item->tiers.front().usd);
                         }},
    RowColumn<LedgerRow>{{"usd", sql::real, "USD", "quantity × unit price"},
                         [](const Journal&, const LedgerRow& l) { return Cell(l.usd.value); }},
    actor_or_all<LedgerRow>(), phase_or_all_of<LedgerRow>(), round<LedgerRow>(round_or_all)};

constexpr std::array requests{
    actor_or_all<RequestRow>(), phase_or_all_of<RequestRow>(), round<RequestRow>(round_or_all),
    RowColumn<RequestRow>{{"operation", sql::text, "", "item of the price sheet, or what decides it"},
                          [](const Journal&, const RequestRow& r) { return Cell(r.operation); }},
    RowColumn<RequestRow>{{"size_bytes", sql::integer, "B", "of each one's message; 0 where the charge does not depend on it"},
                          [](const Journal&, const RequestRow& r) { return integer(r.size.count); }},
    RowColumn<RequestRow>{{"count", sql::integer, "requests", "how many"},
                          [](const Journal&, const RequestRow& r) { return integer(r.count); }}};

using RentalColumn = RowColumn<RentalRow>;
constexpr std::array rentals{
    RentalColumn{{"actor", sql::maybe_text, "", "the machine or database node; NULL: all of the item (detail = summary)"},
                 [](const Journal& j, const RentalRow& r) { return r.actor ? Cell(j.actors.name(*r.actor)) : Cell{}; }},
    RentalColumn{{"item", sql::text, "", "its item in the price sheet"},
                 [](const Journal&, const RentalRow& r) { return Cell(r.item); }},
    RentalColumn{{"count", sql::integer, "machines", "how many"},
                 [](const Journal&, const RentalRow& r) { return integer(r.count); }},
    RentalColumn{{"rented_s", sql::maybe_real, "s", "simulated time of the order; NULL: of several (detail = summary)"},
                 [](const Journal&, const RentalRow& r) { return maybe(r.rented); }},
    RentalColumn{{"released_s", sql::maybe_real, "s", "simulated time of the return; NULL: of several (detail = summary)"},
                 [](const Journal&, const RentalRow& r) { return maybe(r.released); }},
    RentalColumn{{"billed_s", sql::real, "s", "what is paid for, with started seconds or hours and the minimum"},
                 [](const Journal&, const RentalRow& r) { return Cell(to_seconds(r.billed)); }},
    RentalColumn{{"surplus_vcpu_s", sql::real, "vCPU-s", "work above its CPU credits that is paid for"},
                 [](const Journal&, const RentalRow& r) { return Cell(r.surplus_vcpu_s); }}};

using WorkflowColumn = RowColumn<WorkflowRow>;
constexpr std::array workflow_runs{
    actor_or_all<WorkflowRow>(), round<WorkflowRow>(round_or_all),
    WorkflowColumn{{"express", sql::integer, "", "1: paid by the request and by GB-s; 0: by the transition"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.express ? 1 : 0); }},
    WorkflowColumn{{"count", sql::integer, "executions", "how many"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.count); }},
    WorkflowColumn{{"start_s", sql::maybe_real, "s", "simulated time of its start; NULL: of several (detail = summary)"},
                   [](const Journal&, const WorkflowRow& w) { return maybe(w.started); }},
    WorkflowColumn{{"end_s", sql::maybe_real, "s", "simulated time of its end; NULL: of several (detail = summary)"},
                   [](const Journal&, const WorkflowRow& w) { return maybe(w.ended); }},
    WorkflowColumn{{"transitions", sql::integer, "transitions", "states entered, retries included"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.transitions); }},
    WorkflowColumn{{"events", sql::integer, "events", "of its history"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.events); }},
    WorkflowColumn{{"memory_mb", sql::integer, "MB of 2^20 bytes", "memory of an express execution"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.memory.mb); }},
    WorkflowColumn{{"express_steps", sql::integer, "100 ms", "started tenths of a second of an express execution"},
                   [](const Journal&, const WorkflowRow& w) { return integer(w.express_steps); }}};

constexpr std::array stored{
    RowColumn<models::StoredChange>{{"at_s", sql::real, "s", "simulated time"},
                                    [](const Journal&, const models::StoredChange& s) { return seconds(s.at); }},
    RowColumn<models::StoredChange>{{"bytes", sql::integer, "B", "what the object store keeps from then on"},
                                    [](const Journal&, const models::StoredChange& s) { return integer(s.bytes); }}};

constexpr std::array calls{
    RowColumn<CallsRow>{{"memory_mb", sql::integer, "MB of 2^20 bytes", "memory of the instances"},
                        [](const Journal&, const CallsRow& c) { return integer(c.memory.mb); }},
    RowColumn<CallsRow>{{"tmp_mb", sql::integer, "MB of 2^20 bytes", "their /tmp"},
                        [](const Journal&, const CallsRow& c) { return integer(c.tmp.mb); }},
    RowColumn<CallsRow>{{"processor", sql::text, "", "x86 or arm64"},
                        [](const Journal&, const CallsRow& c) { return Cell(c.processor); }},
    RowColumn<CallsRow>{{"package", sql::text, "", "zip or image: INIT of an image is always billed"},
                        [](const Journal&, const CallsRow& c) { return Cell(c.package); }},
    RowColumn<CallsRow>{{"count", sql::integer, "invocations", "calls that got an instance"},
                        [](const Journal&, const CallsRow& c) { return integer(c.count); }},
    RowColumn<CallsRow>{{"billed_s", sql::real, "s", "what is paid for, as the price sheet says"},
                        [](const Journal&, const CallsRow& c) { return Cell(to_seconds(c.billed)); }},
    RowColumn<CallsRow>{{"without_init_s", sql::real, "s", "whole milliseconds of running alone, call by call"},
                        [](const Journal&, const CallsRow& c) { return Cell(to_seconds(c.without_init)); }},
    RowColumn<CallsRow>{{"with_init_s", sql::real, "s", "whole milliseconds of INIT and running together, call by call"},
                        [](const Journal&, const CallsRow& c) { return Cell(to_seconds(c.with_init)); }}};

constexpr std::array items{
    RowColumn<ItemRow>{{"item", sql::text, "", "name of the item in the price sheet"},
                       [](const Journal&, const ItemRow& i) { return Cell(std::string_view(i.item->name)); }},
    RowColumn<ItemRow>{{"unit", sql::text, "", "unit of the quantities"},
                       [](const Journal&, const ItemRow& i) { return Cell(std::string_view(i.item->unit)); }},
    RowColumn<ItemRow>{{"quantity", sql::real, "the column unit", "how much was used"},
                       [](const Journal&, const ItemRow& i) { return Cell(i.quantity); }},
    RowColumn<ItemRow>{{"startup_quantity", sql::real, "the column unit", "how much of it until training began"},
                       [](const Journal&, const ItemRow& i) { return Cell(i.startup_quantity); }}};

template <class Row, std::size_t N>
struct Declared {
  std::string_view name;
  const std::array<RowColumn<Row>, N>& columns;

  Table table() const {
    Table made{name, "run_id, n",
               {{"run_id", sql::integer, "", "the run: runs.run_id"},
                {"n", sql::integer, "", "number of the row within the run, from 0, in the order of simulated time"}}};
    for (const RowColumn<Row>& column : columns) made.columns.push_back(column.column);
    return made;
  }
  void put(const Journal& journal, const std::vector<Row>& rows, const RowSink& sink) const {
    std::array<Cell, N> cells;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      for (std::size_t i = 0; i < N; ++i) cells[i] = columns[i].take(journal, rows[n]);
      sink(name, static_cast<std::int64_t>(n), cells);
    }
  }
};
template <class Row, std::size_t N>
constexpr Declared<Row, N> declared(std::string_view name, const std::array<RowColumn<Row>, N>& columns) {
  return {name, columns};
}

// Every table once, in the order of the documentation.
constexpr std::tuple all{declared("sweep_values", sweep_values), declared("rounds", rounds),
                         declared("evaluations", evaluations),   declared("faults", faults),
                         declared("phases", phases),             declared("spans", spans),
                         declared("invocations", invocations),   declared("calls", calls),
                         declared("transfers", transfers),       declared("requests", requests),
                         declared("rentals", rentals),           declared("workflow_runs", workflow_runs),
                         declared("stored", stored),             declared("ledger", ledger),
                         declared("items", items)};

template <class Row, class Table>
void put_if(const Table&, const Journal&, const std::vector<Row>&, const RowSink&) {}
template <class Row, std::size_t N>
void put_if(const Declared<Row, N>& table, const Journal& journal, const std::vector<Row>& rows, const RowSink& sink) {
  table.put(journal, rows, sink);
}

}  // namespace

std::vector<Table> journal_tables() {
  return std::apply([](const auto&... table) { return std::vector<Table>{table.table()...}; }, all);
}

template <class Row>
void put_rows(const Journal& journal, const std::vector<Row>& rows, const RowSink& sink) {
  std::apply([&](const auto&... table) { (put_if(table, journal, rows, sink), ...); }, all);
}
template void put_rows(const Journal&, const std::vector<SweepValue>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::Round>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::Evaluation>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::FaultEvent>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<PhaseShare>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::Span>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::Invocation>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<CallsRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<TransferRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<RequestRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<RentalRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<WorkflowRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<models::StoredChange>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<LedgerRow>&, const RowSink&);
template void put_rows(const Journal&, const std::vector<ItemRow>&, const RowSink&);

}  // namespace windtunnel::experiment
