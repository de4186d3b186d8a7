#include "experiment/results_schema.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "experiment/results_sqlite.h"

namespace windtunnel::experiment {
namespace {

constexpr std::string_view integer = "INTEGER NOT NULL", real = "REAL NOT NULL", text = "TEXT NOT NULL";
constexpr std::string_view maybe_integer = "INTEGER", maybe_real = "REAL", maybe_text = "TEXT";

constexpr Column run_id{"run_id", integer, "", "the run: runs.run_id"};
constexpr Column n{"n", integer, "", "number of the row within the run, from 0, in the order of simulated time"};
constexpr Column actor{"actor", text, "", "who: the name of a worker, function or machine"};
constexpr Column maybe_actor{"actor", maybe_text, "", "who; NULL: all actors together (detail = summary)"};
constexpr Column maybe_phase{"phase", maybe_text, "", "in which phase; NULL: all phases together (detail = summary)"};
constexpr Column maybe_round{"round", maybe_integer, "",
                             "in which round, from 0; NULL: outside of any round, or all together (detail = summary)"};

constexpr std::array runs{
    Column{"run_id", integer, "", "number of the run, a function of the scenario alone"},
    Column{"point", integer, "", "number of the comparison's line; the replications of a point share it"},
    Column{"replication", integer, "", "number of the replication, from 0"},
    Column{"scenario", text, "", "name of the scenario"},
    Column{"variant", text, "", "name of the variant; empty without variants"},
    Column{"point_label", text, "", "values of the sweep's axes; empty without a sweep"},
    Column{"architecture", text, "", "name of the architecture"},
    Column{"rule", text, "", "name of the aggregation rule; empty where none is used"},
    Column{"attack", text, "", "name of the attack; none: every worker is honest"},
    Column{"seed", integer, "", "root of all random streams"},
    Column{"scenario_hash", text, "", "64-bit hash, in hexadecimal, of scenario_json"},
    Column{"scenario_json", text, "", "every setting of the run, in canonical form"},
    Column{"program_version", text, "", "version of the program that ran it"},
    Column{"price_sheet", text, "", "name of the dated price sheet that gave the costs"},
    Column{"status", text, "", "done, infeasible (a platform limit forbids it) or failed"},
    Column{"reason", text, "", "why it is not done; empty when it is"},
    Column{"detail", text, "", "full, or summary: no spans and invocations, ledger and transfers summed up"},
    Column{"rounds", integer, "rounds", "finished rounds (updates of the model)"},
    Column{"simulated_s", real, "s", "simulated time at the end of the run"},
    Column{"cost_usd", real, "USD", "total of the ledger"},
    Column{"compute_usd", real, "USD", "part of cost_usd: running time of functions"},
    Column{"requests_usd", real, "USD", "part of cost_usd: requests, messages and transitions"},
    Column{"storage_usd", real, "USD", "part of cost_usd: data kept"},
    Column{"machines_usd", real, "USD", "part of cost_usd: rented machines and databases"},
    Column{"accuracy", maybe_real, "fraction", "final accuracy on the test data, 0 to 1; NULL where there is none"},
    Column{"loss", maybe_real, "", "final loss on the test data; NULL where there is none"},
    Column{"cold_starts", integer, "invocations", "invocations that waited for a new instance"},
    Column{"invocations", integer, "invocations", "calls of functions"},
    Column{"bytes_moved", integer, "B", "all transfers together"},
    Column{"trajectory_fingerprint", text, "", "hash of every event's time, order and label"},
    Column{"results_fingerprint", text, "", "hash of the results"},
    Column{"reproducible", integer, "", "1: the same scenario gives the same fingerprints; 0: durations were measured"}};

constexpr std::array sweep_values{
    run_id, n,
    Column{"path", text, "", "dotted path of the axis, e.g. functions.memory"},
    Column{"value", text, "", "the axis' value at the run's point, e.g. 512 MB"}};

constexpr std::array rounds{
    run_id, n,
    Column{"round", integer, "", "number of the round, from 0"},
    Column{"start_s", real, "s", "simulated time of its start"},
    Column{"end_s", real, "s", "simulated time of its end"},
    Column{"participants", integer, "workers", "workers whose updates went in"}};

constexpr std::array evaluations{
    run_id, n,
    Column{"round", integer, "", "the model after this round; -1: the initial model"},
    Column{"at_s", real, "s", "simulated time"},
    Column{"actor", text, "", "whose model"},
    Column{"loss", maybe_real, "", "loss on the test data; NULL when it is not a number"},
    Column{"accuracy", maybe_real, "fraction", "accuracy on the test data, 0 to 1; NULL where there is none"}};

constexpr std::array faults{
    run_id, n,
    Column{"actor", text, "", "who it happened to"},
    Column{"kind", text, "", "crash, recovered, restored, …"},
    Column{"round", maybe_integer, "", "in which round, from 0; NULL: outside of any round"},
    Column{"at_s", real, "s", "simulated time"},
    Column{"detail", text, "", "one line for people"}};

constexpr std::array phases{
    run_id, n,
    Column{"actor", text, "", "who; detail = summary: all whose names differ in their numbers only, e.g. peer-*"},
    Column{"actors", integer, "actors", "how many they are, with spans of any phase"},
    Column{"phase", text, "", "what was done or waited for"},
    Column{"spans", integer, "spans", "how many times"},
    Column{"total_s", real, "s", "time together; overlapping spans of an actor all count"},
    Column{"exclusive_s", real, "s", "time together; an instant of an actor counts once, for its span that began last"},
    Column{"startup_s", real, "s", "part of exclusive_s before the training began"}};

constexpr std::array spans{
    run_id, n, actor,
    Column{"phase", text, "", "what was done or waited for"},
    Column{"round", maybe_integer, "", "in which round, from 0; NULL: outside of any round"},
    Column{"start_s", real, "s", "simulated time of the start"},
    Column{"end_s", real, "s", "simulated time of the end"}};

constexpr std::array invocations{
    run_id, n, actor,
    Column{"phase", text, "", "phase of the caller"},
    Column{"round", maybe_integer, "", "in which round, from 0; NULL: outside of any round"},
    Column{"function", text, "", "name of the function"},
    Column{"instance", integer, "", "number of the instance, from 0, in order of creation"},
    Column{"requested_s", real, "s", "simulated time of the call"},
    Column{"started_s", real, "s", "simulated time at which its code began"},
    Column{"ended_s", real, "s", "simulated time of its end"},
    Column{"cold", integer, "", "1: it waited for a new instance"},
    Column{"init_s", real, "s", "initialisation of that instance; 0 when warm"},
    Column{"billed_s", real, "s", "billed duration"},
    Column{"status", text, "", "done, failed, timed_out or killed"}};

constexpr std::array transfers{
    run_id, n, maybe_actor, maybe_phase, maybe_round,
    Column{"service", text, "", "through what: network, s3, database, …"},
    Column{"count", integer, "transfers", "number of transfers"},
    Column{"bytes", integer, "B", "their sizes together"}};

constexpr std::array ledger{
    run_id, n,
    Column{"service", text, "", "who charges: lambda, s3, ec2, …"},
    Column{"item", text, "", "name of the item in the price sheet"},
    Column{"kind", text, "", "compute, requests, storage or machines"},
    Column{"quantity", real, "the column unit", "how much was used, before any rounding of money"},
    Column{"unit", text, "", "unit of the quantity: GB-s, request, hour, …"},
    Column{"unit_price", real, "USD per unit", "price of one unit; over several tiers the mean"},
    Column{"usd", real, "USD", "quantity × unit price"},
    maybe_actor, maybe_phase, maybe_round};

constexpr std::array columns{
    Column{"table_name", text, "", "name of a table"},
    Column{"column_name", text, "", "name of one of its columns"},
    Column{"unit", text, "", "unit of its values; empty: a name, a text or a plain number"},
    Column{"meaning", text, "", "what it says"}};

}  // namespace

std::span<const Table> tables() {
  static constexpr std::array all{
      Table{"runs", "run_id", runs},
      Table{"sweep_values", "run_id, n", sweep_values},
      Table{"rounds", "run_id, n", rounds},
      Table{"evaluations", "run_id, n", evaluations},
      Table{"faults", "run_id, n", faults},
      Table{"phases", "run_id, n", phases},
      Table{"spans", "run_id, n", spans},
      Table{"invocations", "run_id, n", invocations},
      Table{"transfers", "run_id, n", transfers},
      Table{"ledger", "run_id, n", ledger},
      Table{"columns", "table_name, column_name", columns},
  };
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
