#include <map>
#include <utility>
#include <vector>

#include "experiment/results.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"
#include "experiment/run_columns.h"

namespace windtunnel::experiment {
namespace {

// Rows of a side table by run.
template <class T, class Read>
std::map<std::int64_t, std::vector<T>> by_run(const Database& database, std::string_view sql, Read read) {
  std::map<std::int64_t, std::vector<T>> all;
  Statement query = database.prepare(sql);
  while (query.step()) all[query.integer(0)].push_back(read(query));
  return all;
}

}  // namespace

std::vector<RunSummary> read_runs(const std::filesystem::path& file) {
  Database database(file, Database::Mode::read);
  require_schema(database);
  database.execute("BEGIN");  // one state of the file for all queries, even while a sweep goes on
  auto costs = by_run<std::pair<std::string, double>>(
      database, "SELECT run_id, service, sum(usd) FROM ledger GROUP BY run_id, service ORDER BY run_id, service",
      [](const Statement& row) { return std::pair(row.text(1), row.real(2)); });
  auto values = by_run<SweepValue>(database, "SELECT run_id, path, value FROM sweep_values ORDER BY run_id, n",
                                   [](const Statement& row) { return SweepValue{row.text(1), row.text(2)}; });
  std::vector<RunSummary> runs;
  Statement query = database.prepare(select_runs() + " ORDER BY run_id");
  while (query.step()) {
    runs.push_back(read_run(query));
    runs.back().cost_by_service = std::move(costs[runs.back().run_id]);
    runs.back().sweep_values = std::move(values[runs.back().run_id]);
  }
  return runs;
}

}  // namespace windtunnel::experiment
