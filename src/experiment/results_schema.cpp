#include "experiment/results_schema.h"

#include <fmt/format.h>

#include "base/error.h"
#include "experiment/journal_tables.h"
#include "experiment/results_sqlite.h"
#include "experiment/run_columns.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {
namespace {

Table runs_table() {
  Table runs{"runs", "run_id", {}};
  for (const RunColumn& column : run_columns()) runs.columns.push_back(column.column);
  for (const RunFigure& figure : run_figures()) runs.columns.push_back(figure.column);
  return runs;
}

std::vector<Table> all_tables() {
  std::vector<Table> all{runs_table()};
  all.push_back({"plan",
                 "run_id",
                 {{"run_id", sql::integer, "", "number of a run that this file is to hold"},
                  {"point", sql::integer, "", "number of its line in the comparison"},
                  {"variant", sql::text, "", "name of its variant; empty without variants"},
                  {"point_label", sql::text, "", "values of the sweep's axes; empty without a sweep"},
                  {"scenario_hash", sql::text, "", "hash of its settings"},
                  {"replication", sql::integer, "", "number of the replication, from 0"},
                  {"seed", sql::integer, "", "root of its random streams"}}});
  for (Table& table : journal_tables()) all.push_back(std::move(table));
  all.push_back({"columns",
                 "table_name, column_name",
                 {{"table_name", sql::text, "", "name of a table"},
                  {"column_name", sql::text, "", "name of one of its columns"},
                  {"unit", sql::text, "", "unit of its values; empty: a name, a text or a plain number"},
                  {"meaning", sql::text, "", "what it says"}}});
  return all;
}

}  // namespace

std::span<const Table> tables() {
  static const std::vector<Table> all = all_tables();
  return all;
}

std::string insert_into(std::string_view table) {
  for (const Table& candidate : tables()) {
    if (candidate.name != table) continue;
    std::string marks = "?";
    for (std::size_t i = 1; i < candidate.columns.size(); ++i) marks += ", ?";
    return fmt::format("INSERT INTO {} VALUES ({})", table, marks);
  }
  throw BrokenInvariant(fmt::format("results schema: no table {}", table));
}

void create_schema(Database& database) {
  for (const Table& table : tables()) {
    std::string body;
    for (const Column& column : table.columns) body += fmt::format("\"{}\" {}, ", column.name, column.type);
    database.execute(
        fmt::format("CREATE TABLE {} ({}PRIMARY KEY ({})) WITHOUT ROWID", table.name, body, table.key).c_str());
  }
  Statement describe = database.prepare(insert_into("columns"));
  for (const Table& table : tables()) {
    for (const Column& column : table.columns) {
      describe.bind(1, table.name).bind(2, column.name).bind(3, column.unit).bind(4, column.meaning).run();
    }
  }
  database.execute(fmt::format("PRAGMA application_id = {}", application_id).c_str());
  database.execute(fmt::format("PRAGMA user_version = {}", schema_version).c_str());
}

bool is_blank(const Database& database) {
  return database.number("SELECT count(*) FROM sqlite_schema") == 0 && database.number("PRAGMA application_id") == 0;
}

void require_schema(const Database& database) {
  if (database.number("PRAGMA application_id") != application_id) {
    throw InputError(fmt::format("{}: not a results file of windtunnel", database.file()));
  }
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version != schema_version) {
    throw InputError(fmt::format("{}: results of version {}, this program reads version {}; run the scenario again",
                                 database.file(), version, schema_version));
  }
}

}  // namespace windtunnel::experiment
