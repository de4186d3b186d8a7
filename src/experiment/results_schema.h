// The tables of a results file: every column with its type, unit and meaning. The tables are made from this list, and the
// list is stored in the file (table `columns`), so the documentation is never of another version than the data.
// Where a column's value comes from stands beside its declaration: run_columns.cpp and run_figures.cpp for table `runs`,
// journal_tables.cpp for all others.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace windtunnel::experiment {

class Database;

/// Types of columns; `maybe_` ones may be NULL.
namespace sql {
inline constexpr std::string_view integer = "INTEGER NOT NULL", real = "REAL NOT NULL", text = "TEXT NOT NULL";
inline constexpr std::string_view maybe_integer = "INTEGER", maybe_real = "REAL", maybe_text = "TEXT";
}  // namespace sql

struct Column {
  std::string_view name;
  std::string_view type;  ///< one of sql::…
  std::string_view unit;  ///< empty: a name, a text or a plain number
  std::string_view meaning;
};

struct Table {
  std::string_view name;
  std::string_view key;  ///< primary key
  std::vector<Column> columns;
};

/// In the order of the documentation.
std::span<const Table> tables();

/// Marks a SQLite file as Windtunnel's results ("WTNL").
inline constexpr std::int64_t application_id = 0x57544e4c;
/// Raised whenever a table changes; a file of another version is refused.
inline constexpr std::int64_t schema_version = 4;

/// Makes the tables and marks the file, in the caller's transaction.
void create_schema(Database& database);
/// Throws InputError when the database is not a results file or is one of another version.
void require_schema(const Database& database);
/// True when nothing at all is in the database: a program was killed before it had made the tables.
bool is_blank(const Database& database);

/// `INSERT INTO <table> VALUES (?, ?, …)`.
std::string insert_into(std::string_view table);

}  // namespace windtunnel::experiment
