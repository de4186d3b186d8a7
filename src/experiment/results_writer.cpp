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
  template <class Work>
  void transact(Work work);

  std::mutex mutex;
  Database database;
  RunRows rows;
  std::function<void(const std::string&)> wait;
  bool shared = false, closed = false;
};

namespace {

Database open(const std::filesystem::path& file, Database::Mode mode, Duration lock_patience) {
  Database database(file, mode, lock_patience);
  database.execute("PRAGMA synchronous = FULL");
  if (is_blank(database)) {
    Transaction transaction(database);
    create_schema(database);
    transaction.commit();
  }
  require_schema(database);
  return database;
}

}  // namespace

// Does the work in one transaction, again and again while another program has the file locked and somebody waits for that. A
// file that is only read stays as it is, so sharing it begins with the first transaction.
template <class Work>
void Writer::State::transact(Work work) {
  windtunnel::check(!closed, "Writer: nothing is written after close");
  for (;;) {
    try {
      if (!shared) shared = database.share();
      Transaction transaction(database);
      work();
      transaction.commit();
      return;
    } catch (const LockedError& error) {
      if (!wait) throw;
      wait(error.what());
    }
  }
}

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
Writer::~Writer() {
  if (state_ == nullptr) return;
  try {
    close();
  } catch (const std::exception&) {  // the next one to open the file puts it in order
  }
}

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
  state_->transact([&] {
    state_->make_room(run.run_id);
    state_->rows.write(run, detail);
  });
}

void Writer::when_locked(std::function<void(const std::string& why)> wait) {
  const std::lock_guard lock(state_->mutex);
  state_->wait = std::move(wait);
}

bool Writer::close() {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->closed, true) || !state_->shared) return true;
  if (state_->database.unshare()) return true;
  state_->database.execute("PRAGMA wal_checkpoint(PASSIVE)");
  return false;
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
  state_->transact([&] {
    state_->database.execute("DELETE FROM plan");
    Statement insert = state_->database.prepare(insert_into("plan"));
    for (const PlannedRun& run : plan) {
      insert.bind(1, run.run_id).bind(2, run.point).bind(3, run.variant).bind(4, run.point_label);
      insert.bind(5, run.scenario_hash).bind(6, run.replication).bind(7, static_cast<std::int64_t>(run.seed)).run();
    }
  });
}

}  // namespace windtunnel::experiment
