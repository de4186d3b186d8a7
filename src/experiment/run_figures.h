// The figures of a run, each declared once, in run_figures.cpp: its name, type, unit and meaning, how it is taken from a
// finished run, and how the comparison shows it. The list makes the columns of table `runs`, what is written and read
// back, the fields of JSON and CSV, and the columns of the comparison's table. A new figure is one entry of it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "experiment/results.h"
#include "experiment/results_schema.h"

namespace windtunnel::experiment {

/// What a run's journal comes to in money; all 0 without a journal.
struct Bill {
  double total_usd = 0, startup_usd = 0;
  double by_kind_usd[4] = {};  ///< by models::CostKind
  std::map<std::string, double> by_service_usd;
};
Bill bill_of(const RunRecord& run);
Bill bill_of(const models::Ledger& ledger, Usd startup);

/// Rounds that are in the model: what a crash threw away and was done again counts once.
std::int64_t finished_rounds(const models::Journal& journal);

/// How people read a figure in the comparison's table.
enum class Style : std::uint8_t {
  hidden,  ///< in files, JSON and CSV only
  time,    ///< "1.5 s", "2 h 03 min"
  total,   ///< money, with its interval
  money,   ///< a part of the money, without
  share,   ///< "87.7 %"
  number,  ///< "0.0123", "1.2e+11", "∞"; "NaN" where the loss diverged and there is none
  rounds,  ///< "12 of 100"; "100" when all are done
  target,  ///< "80 % reached", "80 % missed", "80 % in 2 of 3"
  count,
  bytes,
};

/// Which comparisons' tables have the figure's column.
enum class Shown : std::uint8_t {
  always,
  where_known,    ///< when some line has it
  where_any,      ///< when it is above zero in some line
  without_score,  ///< when some line has it and no accuracy
};

/// Where a figure comes from: the run, the bill alone, which another price sheet changes, or other figures of the run, the
/// money among them. NaN where there is none.
using Take = std::variant<double (*)(const RunRecord& run), double (*)(const Bill& bill), double (*)(const RunSummary& run)>;

struct RunFigure {
  Column column;  ///< of table `runs`; its name is also that of the field in JSON and CSV
  Take take;
  Style style = Style::hidden;
  std::string_view heading{};  ///< of its column in the comparison's table
  Shown shown = Shown::always;
  int rank = 0;                ///< where columns must be left out, those of the highest rank go first
  std::string_view group{};    ///< JSON object that it stands in; empty: at the top, with its interval
  std::string_view member{};   ///< its name there
};

std::span<const RunFigure> run_figures();

/// Puts the bill's money into the figures and the costs by service of a run, and then the figures that follow from others.
void set_money(RunSummary& run, const Bill& bill);

}  // namespace windtunnel::experiment
