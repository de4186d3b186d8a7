#include "experiment/results_sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interruption.h"

namespace windtunnel::experiment {
void Database::Close::operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }

void Database::fail(const std::string& file, sqlite3* connection, int code) {
  const std::string detail = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw MissingError(fmt::format("{}: the disk is full; what was stored before is safe", file));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      throw MissingError(fmt::format("{}: cannot be opened for this: {} (is the folder there and writable?)", file, detail));
    case SQLITE_IOERR:
      throw MissingError(fmt::format("{}: reading or writing failed: {} (full or failing disk?)", file, detail));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw LockedError(fmt::format("{}: another program keeps it locked", file));
    case SQLITE_NOMEM:
      throw MissingError(fmt::format("{}: out of memory on this machine", file));
    case SQLITE_NOTADB:
      throw InputError(fmt::format("{}: not a results file (it is no SQLite database)", file));
    case SQLITE_CORRUPT:
      throw InputError(fmt::format("{}: damaged: {}", file, detail));
    case SQLITE_ERROR:  // a table or a column that was there when the file was made (results_schema.h) is not
      throw InputError(fmt::format("{}: damaged: {}", file, detail));
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      throw InputError(fmt::format("{}: its rows are not those that were written: {}", file, detail));
    default:
      throw BrokenInvariant(fmt::format("{}: SQLite error {}: {}", file, code, detail));
  }
}

Database::Database(const std::filesystem::path& file, Mode mode, Duration lock_patience)
    : file_(file.string()), lock_patience_(lock_patience) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) throw InputError(file_ + ": a folder, not a results file");
  if (mode != Mode::create && !std::filesystem::exists(file, ignored)) throw MissingError(file_ + ": no such file");
  const std::string path = std::filesystem::absolute(file).string();
  // Reading, too, opens for writing where that is allowed: only so can SQLite undo what a killed program left half done.
  open(path, SQLITE_OPEN_READWRITE | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0));
  if (mode != Mode::read && sqlite3_db_readonly(connection_.get(), "main") == 1) {
    throw MissingError(file_ + ": may not be written (read-only file or folder)");
  }
  if (mode != Mode::read) return;
  // A file that was last open in several programs names a log, which a reader has to make; in a read-only folder nobody can,
  // and nobody can write either.
  sqlite3_stmt* look = nullptr;
  sqlite3_prepare_v2(connection_.get(), "PRAGMA schema_version", -1, &look, nullptr);
  if (look != nullptr) sqlite3_step(look);
  const int found = sqlite3_errcode(connection_.get()) & 0xff;
  sqlite3_finalize(look);
  if ((found == SQLITE_CANTOPEN || found == SQLITE_READONLY) && !std::filesystem::exists(path + "-wal", ignored)) {
    std::string uri = "file:";
    for (const char c : path) uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
    open(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
}

void Database::open(const std::string& uri, int flags) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &connection, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) fail(file_, connection, code);
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(lock_patience_).count()));
}

bool Database::switch_journal(const char* mode) {
  // Whoever has the file open will not close it in a moment; who is just looking, does.
  sqlite3_busy_timeout(connection_.get(), 100);
  std::string now;
  sqlite3_exec(
      connection_.get(), fmt::format("PRAGMA journal_mode = {}", mode).c_str(),
      [](void* text, int, char** values, char**) {
        *static_cast<std::string*>(text) = values[0] == nullptr ? "" : values[0];
        return 0;
      },
      &now, nullptr);
  sqlite3_busy_timeout(connection_.get(), static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(lock_patience_).count()));
  return now == mode;
}

bool Database::share() { return switch_journal("wal"); }

bool Database::unshare() { return switch_journal("delete"); }

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(file_, connection_.get(), code);
}

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) fail(file_, connection_.get(), code);
  return {file_, connection_.get(), statement};
}

std::int64_t Database::number(std::string_view sql) const {
  Statement statement = prepare(sql);
  windtunnel::check(statement.step(), "number: the query yields a row");
  return statement.integer(0);
}

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(connection_.get()) == 0; }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Statement::Statement(std::string file, sqlite3* connection, sqlite3_stmt* statement)
    : file_(std::move(file)), connection_(connection), statement_(statement) {}

void Statement::check(int code) const {
  if (code != SQLITE_OK) Database::fail(file_, connection_, code);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  check(std::isnan(value) ? sqlite3_bind_null(statement_.get(), parameter)
                          : sqlite3_bind_double(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  // An empty view may point nowhere, which SQLite would take for NULL.
  const char* data = value.empty() ? "" : value.data();
  check(sqlite3_bind_text64(statement_.get(), parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter));
  return *this;
}

bool Statement::step() {
  interruption_point();
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) Database::fail(file_, connection_, code);
  return false;
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

void Statement::run() {
  struct Reset {
    Statement& statement;
    ~Reset() { statement.reset(); }
  } reset{*this};
  step();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

double Statement::real(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL ? std::numeric_limits<double>::quiet_NaN()
                                                                      : sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return data == nullptr ? std::string()
                         : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!database_.in_transaction()) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {  // the connection undoes it when it closes
  }
}

void Transaction::commit() { database_.execute("COMMIT"); }

}  // namespace windtunnel::experiment
