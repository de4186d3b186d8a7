#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <utility>

#include "base/error.h"
#include "experiment/results.h"
#include "experiment/results_rows.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"

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
    if (table.name == "columns") continue;
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

std::vector<Writer::Stored> Writer::stored() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Stored> all;
  Statement query = state_->database.prepare("SELECT run_id, scenario_hash, status FROM runs ORDER BY run_id");
  while (query.step()) {
    all.push_back({query.integer(0), query.text(1), status_named(query.text(2))});
  }
  return all;
}

}  // namespace windtunnel::experiment
