// A thin, typed hold on SQLite for the results file: connections, statements and transactions that clean up after
// themselves, and errors in the program's own kinds with the file's name in front:
// MissingError   cannot be opened or written: no folder, no permission, disk full; out of memory
// LockedError    locked by another program for longer than the caller's patience
// InputError     not a database, or a damaged one
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/units.h"

struct sqlite3;
struct sqlite3_stmt;

namespace windtunnel::experiment {

class Statement;

/// How long to wait for another program's lock.
inline constexpr Duration default_lock_patience = std::chrono::seconds(10);

class LockedError : public RunError {
 public:
  using RunError::RunError;
};

class Database {
 public:
  enum class Mode { create, write, read };
  /// `create` makes the file if need be; `write` and `read` want an existing one. A file that was left in the middle of a
  /// write by a killed program is put in order.
  Database(const std::filesystem::path& file, Mode mode, Duration lock_patience = default_lock_patience);

  const std::string& file() const noexcept { return file_; }
  void execute(const char* sql);
  Statement prepare(std::string_view sql) const;
  /// The only number that `sql` yields.
  std::int64_t number(std::string_view sql) const;
  /// Readers do not stop the writer from now on, nor it them (SQLite's write-ahead log); false when another program has the
  /// file open, or the file system cannot do it.
  bool share();
  /// The opposite: all of it in one file again.
  bool unshare();
  /// True between begin and commit; SQLite ends a transaction by itself after some errors.
  bool in_transaction() const noexcept;

 private:
  friend class Statement;
  [[noreturn]] static void fail(const std::string& file, sqlite3* connection, int code);

  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  bool switch_journal(const char* mode);
  void open(const std::string& uri, int flags);

  std::string file_;
  std::unique_ptr<sqlite3, Close> connection_;
  Duration lock_patience_;
};

class Statement {
 public:
  /// Parameters count from 1. Text must live until the statement is reset. NaN becomes NULL.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view value);
  Statement& bind_null(int parameter);

  /// The next row; false after the last.
  bool step();
  void reset();
  /// Executes a statement that yields no rows and resets it.
  void run();

  const std::string& file() const noexcept { return file_; }
  /// Columns of the present row count from 0.
  std::int64_t integer(int column) const;
  double real(int column) const;  ///< NaN for NULL
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(std::string file, sqlite3* connection, sqlite3_stmt* statement);
  void check(int code) const;

  std::string file_;
  sqlite3* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Takes the write lock at once; what is not committed is undone.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
};

}  // namespace windtunnel::experiment
