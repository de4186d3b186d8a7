#include "experiment/results_rows.h"

#include <variant>

#include "experiment/journal_tables.h"
#include "experiment/results_schema.h"
#include "experiment/run_columns.h"

namespace windtunnel::experiment {
namespace {

void bind(Statement& statement, int parameter, const Cell& cell) {
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<decltype(value), const std::monostate&>) {
          statement.bind_null(parameter);
        } else {
          statement.bind(parameter, value);
        }
      },
      cell);
}

}  // namespace

RunRows::RunRows(const Database& database) {
  for (const Table& table : tables()) {
    if (table.name != "columns" && table.name != "plan") inserts_.emplace(table.name, database.prepare(insert_into(table.name)));
  }
}

void RunRows::write(const RunRecord& run, Detail detail) {
  Statement& insert_run = inserts_.find("runs")->second;
  const RunSummary summary = summarize(run, detail);
  bind_run(insert_run, summary);
  insert_run.run();

  const RowSink sink = [&](std::string_view table, std::int64_t n, std::span<const Cell> cells) {
    Statement& insert = inserts_.find(table)->second;
    insert.bind(1, run.run_id).bind(2, n);
    int parameter = 2;
    for (const Cell& cell : cells) bind(insert, ++parameter, cell);
    insert.run();
  };
  // Labels of the sweep belong to no journal; a run that ended before its world was built has them too.
  static const models::Journal none{models::PriceSheet{}};
  put_rows(none, run.sweep_values, sink);
  if (run.journal != nullptr) put_journal(*run.journal, detail, sink);
}

}  // namespace windtunnel::experiment
