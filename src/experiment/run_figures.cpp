#include "experiment/run_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace windtunnel::experiment {
namespace {

using models::CostKind;
using models::Journal;

// A figure that a run without a world does not have.
template <double (*From)(const RunRecord&, const Journal&)>
double of_journal(const RunRecord& run) {
  return run.journal == nullptr ? 0 : From(run, *run.journal);
}

double seconds(sim::Time time) { return to_seconds(time.time_since_epoch()); }

template <CostKind Kind>
double usd(const Bill& bill) {
  return bill.by_kind_usd[static_cast<std::size_t>(Kind)];
}

double rounds(const RunRecord&, const Journal& journal) { return static_cast<double>(finished_rounds(journal)); }

// All of it when training never began, as its money.
sim::Time startup(const RunRecord& run) {
  return run.journal == nullptr ? run.ended : std::min(run.journal->training_started().value_or(run.ended), run.ended);
}

// Not a number, or ten times that of the start: of guessing among the classes; without classes, of the first evaluation.
double diverged(const RunRecord& run, const Journal& journal) {
  if (journal.evaluations.empty()) return 0;
  const double start = run.classes > 1 ? std::log(static_cast<double>(run.classes)) : journal.evaluations.front().loss;
  return !std::isfinite(run.loss) || run.loss > 10 * start ? 1 : 0;
}

double cold_starts(const RunRecord&, const Journal& journal) { return static_cast<double>(journal.invocation_sums().cold); }

double invocations(const RunRecord&, const Journal& journal) { return static_cast<double>(journal.invocation_sums().calls); }

double crashes(const RunRecord&, const Journal& journal) {
  return static_cast<double>(std::count_if(journal.faults.begin(), journal.faults.end(),
                                           [](const models::FaultEvent& fault) { return fault.kind == "crash"; }));
}

double bytes_moved(const RunRecord&, const Journal& journal) { return static_cast<double>(journal.bytes_moved().count); }

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// The target is asked for after a round, and ends the job when it is reached.
double target_reached(const RunRecord& run) {
  if (!run.target_accuracy) return none;
  if (run.journal == nullptr || run.journal->evaluations.empty()) return 0;
  return run.journal->evaluations.back().accuracy >= *run.target_accuracy ? 1 : 0;
}

double time_to_target(const RunRecord& run) {
  return target_reached(run) == 1 ? seconds(run.journal->evaluations.back().at) : none;
}

// Of a run that reached its target: a figure at its end.
double once_reached(const RunSummary& run, std::string_view figure) { return run["target_reached"] == 1 ? run[figure] : none; }

constexpr std::array figures{
    RunFigure{{"rounds", sql::integer, "rounds", "finished rounds (updates that are in the model)"},
              of_journal<rounds>, Style::rounds, "rounds", Shown::always, 5},
    RunFigure{{"rounds_planned", sql::integer, "rounds", "rounds that the scenario asks for"},
              +[](const RunRecord& run) { return static_cast<double>(run.rounds_planned); }},
    RunFigure{{"simulated_s", sql::real, "s", "simulated time at the end of the run"},
              +[](const RunRecord& run) { return seconds(run.ended); }, Style::time, "simulated time", Shown::always, 1},
    RunFigure{{"startup_s", sql::real, "s", "part of simulated_s: until everything is there and training begins"},
              +[](const RunRecord& run) { return seconds(startup(run)); }, Style::time, "start-up", Shown::always, 10},
    RunFigure{{"training_s", sql::real, "s", "part of simulated_s: from the beginning of the training"},
              +[](const RunRecord& run) { return to_seconds(run.ended - startup(run)); }, Style::time, "training", Shown::always, 8},
    RunFigure{{"cost_usd", sql::real, "USD", "total of the ledger"},
              +[](const Bill& bill) { return bill.total_usd; }, Style::total, "cost USD", Shown::always, 2},
    RunFigure{{"startup_usd", sql::real, "USD", "part of cost_usd: used until training began; all of it when it never did"},
              +[](const Bill& bill) { return bill.startup_usd; }, Style::money, "start-up USD", Shown::always, 11},
    RunFigure{{"training_usd", sql::real, "USD", "part of cost_usd: used from then on"},
              +[](const Bill& bill) { return bill.total_usd - bill.startup_usd; }, Style::money, "training USD", Shown::always, 9},
    RunFigure{{"compute_usd", sql::real, "USD", "part of cost_usd: running time of functions"},
              usd<CostKind::compute>, Style::money, "compute", Shown::always, 14, "cost_by_kind", "compute"},
    RunFigure{{"requests_usd", sql::real, "USD", "part of cost_usd: requests, messages and transitions"},
              usd<CostKind::requests>, Style::money, "requests", Shown::always, 15, "cost_by_kind", "requests"},
    RunFigure{{"storage_usd", sql::real, "USD", "part of cost_usd: data kept"},
              usd<CostKind::storage>, Style::money, "storage", Shown::always, 17, "cost_by_kind", "storage"},
    RunFigure{{"machines_usd", sql::real, "USD", "part of cost_usd: rented machines and databases"},
              usd<CostKind::machines>, Style::money, "machines", Shown::always, 16, "cost_by_kind", "machines"},
    RunFigure{{"accuracy", sql::maybe_real, "fraction", "final accuracy on the test data, 0 to 1; NULL where there is none"},
              +[](const RunRecord& run) { return run.accuracy; }, Style::share, "accuracy", Shown::always, 3},
    RunFigure{{"loss", sql::maybe_real, "", "final loss on the test data; NULL where there is none"},
              +[](const RunRecord& run) { return run.loss; }, Style::number, "loss", Shown::without_score, 3},
    RunFigure{{"target_accuracy", sql::maybe_real, "fraction", "accuracy that the job was to reach, 0 to 1; NULL where none was asked for"},
              +[](const RunRecord& run) { return run.target_accuracy.value_or(none); }},
    RunFigure{{"target_reached", sql::maybe_integer, "", "1: the job reached it and ended; 0: it missed it; NULL where none was asked for"},
              target_reached, Style::target, "target", Shown::where_known, 4},
    RunFigure{{"rounds_to_target", sql::maybe_integer, "rounds", "finished rounds when it was reached; NULL where it was not"},
              +[](const RunSummary& run) { return once_reached(run, "rounds"); }},
    RunFigure{{"time_to_target_s", sql::maybe_real, "s", "simulated time, start-up included, when it was reached; NULL where it was not"},
              time_to_target, Style::time, "time to target", Shown::where_known, 6},
    RunFigure{{"cost_to_target_usd", sql::maybe_real, "USD", "cost_usd of a run that reached it, which ended there; NULL where it was not"},
              +[](const RunSummary& run) { return once_reached(run, "cost_usd"); }, Style::total, "USD to target",
              Shown::where_known, 7},
    RunFigure{{"diverged", sql::integer, "", "1: the final loss is no number or ten times that of the start; 0: it is not"},
              of_journal<diverged>},
    RunFigure{{"cold_starts", sql::integer, "invocations", "invocations that waited for a new instance"},
              of_journal<cold_starts>, Style::count, "cold starts", Shown::always, 12},
    RunFigure{{"invocations", sql::integer, "invocations", "calls of functions"}, of_journal<invocations>},
    RunFigure{{"crashes", sql::integer, "crashes", "of workers, databases and servers"},
              of_journal<crashes>, Style::count, "crashes", Shown::where_any, 6},
    RunFigure{{"bytes_moved", sql::integer, "B", "all transfers together"}, of_journal<bytes_moved>, Style::bytes, "bytes moved",
              Shown::always, 13},
    RunFigure{{"parameters", sql::integer, "parameters", "of the model, 4 bytes each"},
              +[](const RunRecord& run) { return static_cast<double>(run.parameters); }},
    RunFigure{{"samples", sql::integer, "samples", "of the training data, all workers together"},
              +[](const RunRecord& run) { return static_cast<double>(run.samples); }},
    RunFigure{{"sample_bytes", sql::integer, "B", "size of one sample, as it is stored and read"},
              +[](const RunRecord& run) { return static_cast<double>(run.sample_bytes); }},
};

}  // namespace

std::span<const RunFigure> run_figures() { return figures; }

std::vector<double> no_figures() {
  std::vector<double> all;
  for (const RunFigure& figure : figures) {
    all.push_back(figure.column.type == sql::maybe_real || figure.column.type == sql::maybe_integer ? none : 0);
  }
  return all;
}

std::size_t figure_count() { return figures.size(); }

std::size_t figure_index(std::string_view name) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (figures[i].column.name == name) return i;
  }
  throw BrokenInvariant(fmt::format("run_figures: no figure {}", name));
}

// After a crash the next round to finish is the one after the checkpoint.
std::int64_t finished_rounds(const Journal& journal) {
  return journal.rounds.empty() ? 0 : journal.rounds.back().round + 1;
}

Bill bill_of(const models::Ledger& ledger, Usd startup) {
  Bill bill;
  const models::LedgerSums sums = ledger.sums();
  bill.total_usd = sums.total.value;
  for (std::size_t kind = 0; kind < std::size(bill.by_kind_usd); ++kind) bill.by_kind_usd[kind] = sums.by_kind[kind].value;
  for (models::ItemId item = 0; item < sums.rows_of.size(); ++item) {
    if (sums.rows_of[item] > 0) bill.by_service_usd[ledger.prices()[item].service] = 0;
  }
  for (const auto& [service, usd] : sums.by_service) {
    if (const auto used = bill.by_service_usd.find(service); used != bill.by_service_usd.end()) used->second = usd.value;
  }
  bill.startup_usd = std::min(startup.value, bill.total_usd);
  return bill;
}

Bill bill_of(const RunRecord& run) {
  return run.journal == nullptr ? Bill{} : bill_of(run.journal->ledger, run.journal->startup_cost());
}

void set_money(RunSummary& run, const Bill& bill) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (const auto* take = std::get_if<double (*)(const Bill&)>(&figures[i].take)) run.figures[i] = (*take)(bill);
  }
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (const auto* take = std::get_if<double (*)(const RunSummary&)>(&figures[i].take)) run.figures[i] = (*take)(run);
  }
  run.cost_by_service.assign(bill.by_service_usd.begin(), bill.by_service_usd.end());
}

}  // namespace windtunnel::experiment
