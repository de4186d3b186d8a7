// Table `runs`: the members of RunIdentity and RunSummary that are columns, each declared once with how it is written and
// read back, followed by the figures (run_figures.h).
#pragma once

#include <span>

#include "experiment/results.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"

namespace windtunnel::experiment {

struct RunColumn {
  Column column;
  void (*write)(const RunSummary& run, Statement& statement, int parameter);
  void (*read)(RunSummary& run, const Statement& row, int column);
};

/// Without the figures.
std::span<const RunColumn> run_columns();

/// Binds the whole row, from parameter 1.
void bind_run(Statement& insert, const RunSummary& run);
/// `SELECT <all columns> FROM runs`.
std::string select_runs();
/// The present row of a statement that was prepared from select_runs(). InputError when a cell holds what no run has.
RunSummary read_run(const Statement& row);

}  // namespace windtunnel::experiment
