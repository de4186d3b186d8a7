#include <map>
#include <utility>
#include <vector>

#include "experiment/results.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"

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

RunSummary read_row(const Statement& row) {
  int column = 0;
  const auto integer = [&] { return row.integer(column++); };
  const auto real = [&] { return row.real(column++); };
  const auto text = [&] { return row.text(column++); };
  RunSummary run;
  run.run_id = integer();
  run.point = integer();
  run.replication = integer();
  run.scenario = text();
  run.variant = text();
  run.point_label = text();
  run.architecture = text();
  run.rule = text();
  run.attack = text();
  run.seed = static_cast<std::uint64_t>(integer());
  run.scenario_hash = text();
  run.program_version = text();
  run.price_sheet = text();
  run.status = status_named(text());
  run.reason = text();
  run.detail = text() == name(Detail::full) ? Detail::full : Detail::summary;
  run.rounds = integer();
  run.simulated_s = real();
  run.cost_usd = real();
  run.compute_usd = real();
  run.requests_usd = real();
  run.storage_usd = real();
  run.machines_usd = real();
  run.accuracy = real();
  run.loss = real();
  run.cold_starts = integer();
  run.invocations = integer();
  run.bytes_moved = integer();
  run.trajectory_fingerprint = text();
  run.results_fingerprint = text();
  run.reproducible = integer() != 0;
  return run;
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
  Statement query = database.prepare(
      "SELECT run_id, point, replication, scenario, variant, point_label, architecture, rule, attack, seed, "
      "scenario_hash, program_version, price_sheet, status, reason, detail, rounds, simulated_s, cost_usd, compute_usd, "
      "requests_usd, storage_usd, machines_usd, accuracy, loss, cold_starts, invocations, bytes_moved, "
      "trajectory_fingerprint, results_fingerprint, reproducible FROM runs ORDER BY run_id");
  while (query.step()) {
    runs.push_back(read_row(query));
    runs.back().cost_by_service = std::move(costs[runs.back().run_id]);
    runs.back().sweep_values = std::move(values[runs.back().run_id]);
  }
  return runs;
}

}  // namespace windtunnel::experiment
