#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <utility>

#include "base/error.h"
#include "experiment/plan.h"
#include "experiment/results.h"
#include "experiment/results_rows.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"
#include "experiment/run_columns.h"

namespace windtunnel::experiment {

struct Writer::State {
  explicit State(Database opened) : database(std::move(opened)), rows(database) {}

  void make_room(std::int64_t run_id);

  std::mutex mutex;
  Database database;
  RunRows rows;
};

namespace {

Database open(const std::filesystem::path& file, Database::Mode mode, Duration lock_patience) {
  Database database(file, mode, lock_patience);
  // One fsync less per run than FULL; a killed program loses nothing either way.
  database.execute("PRAGMA synchronous = NORMAL");
  if (is_blank(database)) {
    Transaction transaction(database);
    create_schema(database);
    transaction.commit();
  }
  require_schema(database);
  return database;
}

}  // namespace

// A failed run gives way to the new attempt; anything else is somebody else's work.
void Writer::State::make_room(std::int64_t run_id) {
  std::optional<std::string> status;
  {
    Statement find = database.prepare("SELECT status FROM runs WHERE run_id = ?");
    find.bind(1, run_id);
    if (find.step()) status = find.text(0);
  }
  if (!status) return;
  if (*status != name(Status::failed)) {
    throw RunError(fmt::format("{}: run {} is stored already; does another program write to this file?",
                               database.file(), run_id));
  }
  for (const Table& table : tables()) {
    if (table.name == "columns" || table.name == "plan") continue;
    database.prepare(fmt::format("DELETE FROM {} WHERE run_id = ?", table.name)).bind(1, run_id).run();
  }
}

Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Writer Writer::create(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) throw InputError(fmt::format("{}: exists already", file.string()));
  try {
    return Writer(std::make_unique<State>(open(file, Database::Mode::create, default_lock_patience)));
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw;
  }
}

Writer Writer::resume(const std::filesystem::path& file, Duration lock_patience) {
  return Writer(std::make_unique<State>(open(file, Database::Mode::write, lock_patience)));
}

void Writer::write(const RunRecord& run, Detail detail) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->make_room(run.run_id);
  state_->rows.write(run, detail);
  transaction.commit();
}

std::vector<RunSummary> Writer::stored() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<RunSummary> all;
  Statement query = state_->database.prepare(select_runs() + " ORDER BY run_id");
  while (query.step()) all.push_back(read_run(query));
  return all;
}

std::vector<PlannedRun> Writer::plan() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<PlannedRun> plan;
  Statement query = state_->database.prepare(
      "SELECT run_id, point, variant, point_label, scenario_hash, replication, seed FROM plan ORDER BY run_id");
  while (query.step()) {
    plan.push_back({query.integer(0), query.integer(1), query.text(2), query.text(3), query.text(4), query.integer(5),
                    static_cast<std::uint64_t>(query.integer(6))});
  }
  return plan;
}

void Writer::set_plan(const std::vector<PlannedRun>& plan) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->database.execute("DELETE FROM plan");
  Statement insert = state_->database.prepare(insert_into("plan"));
  for (const PlannedRun& run : plan) {
    insert.bind(1, run.run_id).bind(2, run.point).bind(3, run.variant).bind(4, run.point_label);
    insert.bind(5, run.scenario_hash).bind(6, run.replication).bind(7, static_cast<std::int64_t>(run.seed)).run();
  }
  transaction.commit();
}

}  // namespace windtunnel::experiment
