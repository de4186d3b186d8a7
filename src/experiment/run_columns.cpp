#include "experiment/run_columns.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <type_traits>

#include "base/error.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {
namespace {

template <class T>
struct Stored;  // how a member is kept in a column

template <std::integral T>
struct Stored<T> {
  static constexpr std::string_view type = sql::integer;
  static void write(Statement& statement, int parameter, T value) {
    statement.bind(parameter, static_cast<std::int64_t>(value));
  }
  static T read(const Statement& row, int column) { return static_cast<T>(row.integer(column)); }
};

template <>
struct Stored<std::string> {
  static constexpr std::string_view type = sql::text;
  static void write(Statement& statement, int parameter, const std::string& value) {
    statement.bind(parameter, std::string_view(value));
  }
  static std::string read(const Statement& row, int column) { return row.text(column); }
};

template <>
struct Stored<Status> {
  static constexpr std::string_view type = sql::text;
  static void write(Statement& statement, int parameter, Status value) { statement.bind(parameter, name(value)); }
  static Status read(const Statement& row, int column) { return status_named(row.text(column)); }
};

template <>
struct Stored<Detail> {
  static constexpr std::string_view type = sql::text;
  static void write(Statement& statement, int parameter, Detail value) { statement.bind(parameter, name(value)); }
  static Detail read(const Statement& row, int column) {
    return row.text(column) == name(Detail::full) ? Detail::full : Detail::summary;
  }
};

template <auto Member>
constexpr RunColumn column(std::string_view name, std::string_view meaning) {
  using T = std::remove_cvref_t<decltype(std::declval<RunSummary&>().*Member)>;
  return {{name, Stored<T>::type, "", meaning},
          [](const RunSummary& run, Statement& statement, int parameter) {
            Stored<T>::write(statement, parameter, run.*Member);
          },
          [](RunSummary& run, const Statement& row, int at) { run.*Member = Stored<T>::read(row, at); }};
}

using R = RunSummary;
constexpr std::array all{
    column<&R::run_id>("run_id", "number of the run in this file, in the order of the scenario"),
    column<&R::point>("point", "number of the comparison's line; the replications of a point share it"),
    column<&R::replication>("replication", "number of the replication, from 0"),
    column<&R::scenario>("scenario", "name of the scenario"),
    column<&R::variant>("variant", "name of the variant; empty without variants"),
    column<&R::point_label>("point_label", "values of the sweep's axes; empty without a sweep"),
    column<&R::architecture>("architecture", "name of the architecture"),
    column<&R::rule>("rule", "name of the aggregation rule; empty where none is used"),
    column<&R::attack>("attack", "name of the attack; none: every worker is honest"),
    column<&R::seed>("seed", "root of all random streams"),
    column<&R::scenario_hash>("scenario_hash", "64-bit hash, in hexadecimal, of scenario_json"),
    column<&R::scenario_json>("scenario_json", "every setting of the run, in canonical form"),
    column<&R::price_sheet>("price_sheet", "name of the dated price sheet that gave the costs"),
    column<&R::price_sheet_hash>("price_sheet_hash", "hash of what that sheet says"),
    column<&R::data_hash>("data_hash", "hash of the data files that were learnt from; empty: none were read"),
    column<&R::program_version>("program_version", "version of the program that ran it"),
    column<&R::program_build>("program_build", "hash of the sources of the program that ran it"),
    column<&R::status>("status", "done, infeasible (a platform limit forbids it) or failed"),
    column<&R::reason>("reason", "why it is not done; empty when it is"),
    column<&R::detail>("detail", "full, or summary: no spans and invocations; what is paid for summed up by item"),
    column<&R::trajectory_fingerprint>("trajectory_fingerprint", "hash of every event's time, order and label"),
    column<&R::results_fingerprint>("results_fingerprint", "hash of the results"),
    column<&R::reproducible>("reproducible",
                             "1: the same scenario gives the same fingerprints; 0: durations were measured")};

}  // namespace

std::span<const RunColumn> run_columns() { return all; }

void bind_run(Statement& insert, const RunSummary& run) {
  int parameter = 0;
  for (const RunColumn& column : run_columns()) column.write(run, insert, ++parameter);
  for (std::size_t i = 0; i < run_figures().size(); ++i) {
    const double value = run.figures[i];
    if (run_figures()[i].column.type == sql::integer && std::isfinite(value)) {
      insert.bind(++parameter, static_cast<std::int64_t>(value));
    } else {
      insert.bind(++parameter, value);
    }
  }
}

std::string select_runs() {
  std::string names;
  for (const RunColumn& column : run_columns()) names += fmt::format("{}{}", names.empty() ? "" : ", ", column.column.name);
  for (const RunFigure& figure : run_figures()) names += fmt::format(", {}", figure.column.name);
  return fmt::format("SELECT {} FROM runs", names);
}

RunSummary read_run(const Statement& row) {
  RunSummary run;
  int at = 0;
  try {
    for (const RunColumn& column : run_columns()) column.read(run, row, at++);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: damaged: run {}: {}", row.file(), run.run_id, error.what()));
  }
  for (double& figure : run.figures) figure = row.real(at++);
  return run;
}

}  // namespace windtunnel::experiment
