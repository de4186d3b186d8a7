// The tables of a results file: every column with its type, unit and meaning. The tables are made from this list, and the
// list is stored in the file (table `columns`), so the documentation is never of another version than the data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace windtunnel::experiment {

class Database;

struct Column {
  std::string_view name;
  std::string_view type;     ///< INTEGER, REAL or TEXT, with NOT NULL where there always is a value
  std::string_view unit;     ///< empty: a name, a text or a plain number
  std::string_view meaning;
};

struct Table {
  std::string_view name;
  std::string_view key;  ///< primary key
  std::span<const Column> columns;
};

/// In the order of the documentation.
std::span<const Table> tables();

/// Marks a SQLite file as Windtunnel's results ("WTNL").
inline constexpr std::int64_t application_id = 0x57544e4c;
/// Raised whenever a table changes; a file of another version is refused.
inline constexpr std::int64_t schema_version = 2;

/// Makes the tables and marks the file, in the caller's transaction.
void create_schema(Database& database);
/// Throws InputError when the database is not a results file or is one of another version.
void require_schema(const Database& database);
/// True when nothing at all is in the database: a program was killed before it had made the tables.
bool is_blank(const Database& database);

/// `INSERT INTO <table> VALUES (?, ?, …)`.
std::string insert_into(std::string_view table);

}  // namespace windtunnel::experiment
