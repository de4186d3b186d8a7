// The results file: that a run comes back as it was written, that its totals are those worked by hand and those of the
// rows, that order, interruption and failed attempts leave no trace in the tables, and every refusal. What the figures
// mean is the models' matter; here they are made up.
#include "experiment/results.h"

#include <gmock/gmock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "base/error.h"
#include "experiment/plan.h"
#include "experiment/results_schema.h"
#include "experiment/run_figures.h"
#include "experiment/results_sqlite.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

double real(const std::filesystem::path& file, const std::string& sql) {
  const Database database(file, Database::Mode::read);
  Statement query = database.prepare(sql);
  EXPECT_TRUE(query.step());
  return query.real(0);
}

TEST(Results, ARunComesBackWithItsTotals) {
  const Folder folder;
  write(folder / "r.sqlite", {}, Detail::full);
  EXPECT_TRUE(read_runs(folder / "r.sqlite").empty());
  Writer::resume(folder / "r.sqlite").write(small_flight(3).record, Detail::full);
  const auto runs = read_runs(folder / "r.sqlite");
  ASSERT_EQ(runs.size(), 1U);
  const RunSummary& run = runs[0];
  EXPECT_EQ(run.run_id, 3);
  EXPECT_EQ(run.architecture, "spirt");
  EXPECT_EQ(run.seed, 7U);
  EXPECT_EQ(run.status, Status::done);
  EXPECT_EQ(run.detail, Detail::full);
  EXPECT_EQ(run["rounds"], 2);
  EXPECT_DOUBLE_EQ(run["simulated_s"], 12.5);
  EXPECT_DOUBLE_EQ(run["cost_usd"], 5.7);
  EXPECT_DOUBLE_EQ(run["compute_usd"], 2);
  EXPECT_DOUBLE_EQ(run["requests_usd"], 0.2);
  EXPECT_DOUBLE_EQ(run["storage_usd"], 0.5);
  EXPECT_DOUBLE_EQ(run["machines_usd"], 3);
  EXPECT_THAT(run.cost_by_service, ElementsAre(Pair("functions", ::testing::DoubleEq(2.1)),
                                               Pair("store", ::testing::DoubleEq(0.6)), Pair("vm", 3)));
  EXPECT_DOUBLE_EQ(run["accuracy"], 0.75);
  EXPECT_DOUBLE_EQ(run["loss"], 0.5);
  EXPECT_EQ(run["invocations"], 3);
  EXPECT_EQ(run["cold_starts"], 2);
  EXPECT_EQ(run["bytes_moved"], 5000);
  EXPECT_TRUE(run.reproducible);
  EXPECT_EQ(run.results_fingerprint, results_fingerprint(small_flight(3).record).hex());
}

TEST(Results, TheRowsAddUpToTheTotals) {
  const Folder folder;
  for (const Detail detail : {Detail::full, Detail::summary}) {
    const auto file = folder / std::string(name(detail));
    write(file, quickstart_flights(), detail);
    for (const RunSummary& run : read_runs(file)) {
      const std::string where = " WHERE run_id = " + std::to_string(run.run_id);
      EXPECT_NEAR(real(file, "SELECT sum(usd) FROM ledger" + where), run["cost_usd"], 1e-12);
      EXPECT_NEAR(real(file, "SELECT sum(quantity * unit_price) FROM ledger" + where), run["cost_usd"], 1e-12);
      EXPECT_NEAR(real(file, "SELECT total(usd) FROM ledger" + where + " AND kind = 'compute'"), run["compute_usd"], 1e-12);
      EXPECT_EQ(real(file, "SELECT sum(bytes) FROM transfers" + where), static_cast<double>(run["bytes_moved"]));
      EXPECT_EQ(real(file, "SELECT max(end_s) FROM rounds" + where), run["simulated_s"]);
      EXPECT_GT(real(file, "SELECT sum(total_s) FROM phases" + where), run["simulated_s"] - 1e-6);
    }
  }
  EXPECT_EQ(real(folder / "full", "SELECT sum(cold) FROM invocations WHERE run_id = 0"), 4);
  EXPECT_NEAR(real(folder / "full", "SELECT sum(end_s - start_s) FROM spans"),
              real(folder / "full", "SELECT sum(total_s) FROM phases"), 1e-6);
  EXPECT_NEAR(real(folder / "full", "SELECT sum(total_s) FROM phases"),
              real(folder / "summary", "SELECT sum(total_s) FROM phases"), 1e-6);
  EXPECT_NEAR(real(folder / "full", "SELECT sum(exclusive_s) FROM phases"),
              real(folder / "summary", "SELECT sum(exclusive_s) FROM phases"), 1e-6);
  EXPECT_EQ(real(folder / "summary", "SELECT count(*) FROM spans"), 0);
  EXPECT_EQ(real(folder / "summary", "SELECT count(*) FROM invocations"), 0);
}

TEST(Results, EveryRowOfTheJournalIsThere) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  Writer::create(file).write(small_flight(0).record, Detail::full);
  const std::map<std::string, int> counts{{"rounds", 2}, {"evaluations", 2}, {"faults", 2},    {"spans", 7},
                                          {"ledger", 6}, {"transfers", 2},   {"invocations", 3}, {"phases", 4},
                                          {"calls", 1},  {"requests", 3},    {"rentals", 2},     {"workflow_runs", 3},
                                          {"stored", 2}};
  for (const auto& [table, count] : counts) EXPECT_EQ(real(file, "SELECT count(*) FROM " + table), count) << table;
  // one row of each kind, column by column
  const std::string text = dump(file);
  EXPECT_THAT(text, HasSubstr("\n0|1|worker-0|compute|0|1.0|3.0|\n"));                                    // spans
  EXPECT_THAT(text, HasSubstr("\n0|1|worker-1|compute|0|gradient|1|0|0.0|2.0|4.0|1|1|1.5|3.5|1024|512|x86|zip|done|\n"));
  EXPECT_THAT(text, HasSubstr("\n0|0|worker-0|store|0|database|2|2000|\n"));                              // transfers
  EXPECT_THAT(text, HasSubstr("\n0|4|store|store.kept|storage|2.0|GB-month|0.25|0.5|worker-1|store||\n"));  // ledger
  EXPECT_THAT(text, HasSubstr("\n0|0|worker-1|crash|1|9.0|crash at 9 s|\n"));                             // faults
  EXPECT_THAT(text, HasSubstr("\n0|1|1|5.0|12.5|2|\n"));                                                  // rounds
  EXPECT_THAT(text, HasSubstr("\n0|1|1|12.5|worker-0|0.5|0.75|\n"));                                      // evaluations
  EXPECT_THAT(text, HasSubstr("\n0|3|worker-1|1|compute|3|11.5|9.5|9.5|\n"));                             // phases
  EXPECT_THAT(text, HasSubstr("\n0|0|1024|512|x86|zip|3|8.75|6.5|8.75|\n"));                                 // calls
  EXPECT_THAT(text, HasSubstr("\n0|2|worker-1|store|0|queue|70000|1|\n"));                              // requests
  EXPECT_THAT(text, HasSubstr("\n0|1|worker-1|vm.small|1|2.0|12.5|3600.0|0.5|\n"));                     // rentals
  EXPECT_THAT(text, HasSubstr("\n0|1|worker-0|1|1|1|5.0|5.25|9|45|64|3|\n"));                           // workflow_runs
  EXPECT_THAT(text, HasSubstr("\n0|1|5.0|1500000|\n"));                                                // stored
}

TEST(Results, ASummaryAddsUpWhatIsPaidForByAllThatDecidesItsPrice) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  Writer::create(file).write(small_flight(0).record, Detail::summary);
  const std::string text = dump(file);
  EXPECT_THAT(text, HasSubstr("calls:\n0|0|1024|512|x86|zip|3|8.75|6.5|8.75|\n"));
  EXPECT_THAT(text, HasSubstr("requests:\n0|0||||queue|70000|1|\n0|1||||store.puts|0|5|\nrentals"));
  EXPECT_THAT(text, HasSubstr("rentals:\n0|0||vm.small|2|||5400.0|0.5|\nworkflow_runs"));
  EXPECT_THAT(text, HasSubstr("workflow_runs:\n0|0|||0|1|||9|45|0|0|\n0|1|||1|2|||16|80|64|5|\nstored"));
  EXPECT_THAT(text, HasSubstr("stored:\n0|0|0.0|1000000|\n0|1|5.0|1500000|\nledger"));
}

// Every column of `runs` comes back as it was written, whatever the list holds.
TEST(Results, EveryColumnOfARunComesBack) {
  const Folder folder;
  Flight flight = small_flight(3);
  flight.record.price_sheet_hash = "p";
  flight.record.data_hash = "d";
  flight.record.program_build = "b";
  flight.record.rounds_planned = 20;
  flight.record.target_accuracy = 0.7;
  flight.record.parameters = 1'000'000'007;
  flight.record.samples = 60'000;
  flight.record.sample_bytes = 785;
  Writer::create(folder / "r").write(flight.record, Detail::full);
  const RunSummary before = summarize(flight.record, Detail::full), after = read_runs(folder / "r").at(0);
  for (const RunFigure& figure : run_figures()) EXPECT_EQ(after[figure.column.name], before[figure.column.name]);
  EXPECT_EQ(after["parameters"], 1'000'000'007);
  for (const auto member : {&RunSummary::price_sheet, &RunSummary::price_sheet_hash, &RunSummary::data_hash,
                            &RunSummary::program_version, &RunSummary::program_build, &RunSummary::scenario_json,
                            &RunSummary::scenario_hash, &RunSummary::architecture, &RunSummary::rule, &RunSummary::attack}) {
    EXPECT_EQ(after.*member, before.*member);
  }
}

// The doubles in the file are those nearest to the nanoseconds: what a person writes in a query finds its rows.
TEST(Results, TimesAreTheNearestDoubles) {
  const Folder folder;
  Flight flight = small_flight(0);
  std::int64_t ns = 1;
  for (models::Span& span : flight.journal->spans) {
    span.start = sim::Time(Duration(ns));
    span.end = sim::Time(Duration(ns = ns * 37 + 1));
  }
  flight.record.ended = sim::Time(Duration(107'170'000'001));
  Writer::create(folder / "r").write(flight.record, Detail::full);
  EXPECT_EQ(real(folder / "r", "SELECT count(*) FROM runs WHERE simulated_s = 107.170000001"), 1);
  const Database database(folder / "r", Database::Mode::read);
  Statement query = database.prepare("SELECT end_s FROM spans ORDER BY n");
  for (const models::Span& span : flight.journal->spans) {
    ASSERT_TRUE(query.step());
    const std::string text = fmt::format("{}e-9", span.end.time_since_epoch().count());
    EXPECT_EQ(query.real(0), std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(Results, ARunWithoutAWorldHasASummaryOnly) {
  const Folder folder;
  Flight flight = small_flight(0);
  flight.record.journal = nullptr;
  flight.record.status = Status::infeasible;
  flight.record.reason = "memory too small";
  flight.record.accuracy = flight.record.loss = std::nan("");
  Writer::create(folder / "r.sqlite").write(flight.record, Detail::full);
  const RunSummary run = read_runs(folder / "r.sqlite").at(0);
  EXPECT_EQ(run.status, Status::infeasible);
  EXPECT_EQ(run.reason, "memory too small");
  EXPECT_TRUE(std::isnan(run["accuracy"]));
  EXPECT_EQ(run["cost_usd"], 0);
}

TEST(Results, KeepsAnInfiniteLoss) {
  const Folder folder;
  Flight flight = small_flight(0);
  flight.record.loss = INFINITY;
  Writer::create(folder / "r.sqlite").write(flight.record, Detail::full);
  EXPECT_EQ(read_runs(folder / "r.sqlite").at(0)["loss"], INFINITY);
}

TEST(Results, DocumentsEveryColumn) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  write(file, {}, Detail::full);
  const Database database(file, Database::Mode::read);
  std::set<std::string> documented, actual;
  Statement columns = database.prepare("SELECT table_name, column_name, meaning FROM columns");
  while (columns.step()) {
    documented.insert(columns.text(0) + "." + columns.text(1));
    EXPECT_FALSE(columns.text(2).empty());
  }
  Statement found = database.prepare(
      "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'");
  while (found.step()) actual.insert(found.text(0) + "." + found.text(1));
  EXPECT_EQ(documented, actual);
  EXPECT_GT(actual.size(), 80U);
}

TEST(Results, UnitsAreInTheColumnsNames) {
  const std::map<std::string_view, std::string_view> endings{{"s", "_s"}, {"USD", "usd"}, {"B", "bytes"}};
  for (const Table& table : tables()) {
    for (const Column& column : table.columns) {
      const auto ending = endings.find(column.unit);
      if (ending == endings.end()) continue;
      const std::string name(column.name);
      EXPECT_TRUE(name.find(ending->second) != std::string::npos) << table.name << "." << name;
    }
  }
}

TEST(Results, TheOrderOfWritingLeavesNoTrace) {
  const Folder folder;
  auto flights = quickstart_flights();
  write(folder / "forward", flights, Detail::full);
  std::reverse(flights.begin(), flights.end());
  write(folder / "backward", flights, Detail::full);
  EXPECT_EQ(dump(folder / "forward"), dump(folder / "backward"));
  flights.pop_back();
  write(folder / "less", flights, Detail::full);
  EXPECT_NE(dump(folder / "forward"), dump(folder / "less"));  // the comparison can fail
}

TEST(Results, ThreadsMayWriteAtOnce) {
  const Folder folder;
  const auto flights = sweep_flights(3);
  write(folder / "one", flights, Detail::summary);
  {
    Writer writer = Writer::create(folder / "four");
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < flights.size(); i += 4) writer.write(flights[i].record, Detail::summary);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(dump(folder / "one"), dump(folder / "four"));
}

TEST(Results, AFailedRunGivesWayToItsNextAttempt) {
  const Folder folder;
  Flight failed = small_flight(0);
  failed.record.status = Status::failed;
  failed.record.reason = "the server went away";
  Writer writer = Writer::create(folder / "r.sqlite");
  writer.write(failed.record, Detail::full);
  EXPECT_EQ(writer.stored().at(0).status, Status::failed);
  writer.write(small_flight(0).record, Detail::full);
  EXPECT_EQ(writer.stored().at(0).status, Status::done);
  write(folder / "clean", {}, Detail::full);
  Writer::resume(folder / "clean").write(small_flight(0).record, Detail::full);
  EXPECT_EQ(dump(folder / "r.sqlite"), dump(folder / "clean"));
}

TEST(Results, ADoneRunIsNeverOverwritten) {
  const Folder folder;
  Writer writer = Writer::create(folder / "r.sqlite");
  writer.write(small_flight(0).record, Detail::full);
  const std::string before = dump(folder / "r.sqlite");
  EXPECT_THAT(message_of<RunError>([&] { writer.write(small_flight(0).record, Detail::full); }),
              HasSubstr("run 0 is stored already"));
  EXPECT_EQ(dump(folder / "r.sqlite"), before);
  writer.write(small_flight(1).record, Detail::full);  // and the writer still works
  EXPECT_EQ(writer.stored().size(), 2U);
}

TEST(Results, AKilledProgramLosesOnlyTheRunUnderWay) {
  const Folder folder;
  const auto flights = sweep_flights(3);
  write(folder / "whole", flights, Detail::full);
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Writer writer = Writer::create(folder / "killed");
    for (const Flight& flight : flights) {
      writer.write(flight.record, Detail::full);
      if (::write(pipe_ends[1], "x", 1) != 1) _exit(1);
    }
    pause();
    _exit(0);
  }
  // Killed after the fifth run: somewhere in the next ones.
  char byte = 0;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(read(pipe_ends[0], &byte, 1), 1);
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  Writer writer = Writer::resume(folder / "killed");
  std::set<std::int64_t> stored;
  for (const auto& run : writer.stored()) {
    EXPECT_EQ(run.scenario_hash, "0123456789abcdef");
    stored.insert(run.run_id);
  }
  EXPECT_GE(stored.size(), 5U);
  EXPECT_LT(stored.size(), flights.size());
  for (const Flight& flight : flights) {
    if (!stored.contains(flight.record.run_id)) writer.write(flight.record, Detail::full);
  }
  EXPECT_EQ(dump(folder / "killed"), dump(folder / "whole"));
}

TEST(Results, AFileLeftBlankByAKilledProgramIsTakenUp) {
  const Folder folder;
  std::ofstream(folder / "r.sqlite").flush();
  EXPECT_THAT(message_of<InputError>([&] { read_runs(folder / "r.sqlite"); }), HasSubstr("not a results file"));
  EXPECT_TRUE(Writer::resume(folder / "r.sqlite").stored().empty());
  EXPECT_TRUE(read_runs(folder / "r.sqlite").empty());
}

TEST(Results, AFullDiskIsAnErrorAndNothingIsLost) {
  const Folder folder;
  const auto flights = quickstart_flights();
  Writer writer = Writer::create(folder / "r.sqlite");
  writer.write(flights[0].record, Detail::full);
  const std::string before = dump(folder / "r.sqlite");
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit low = old;
  low.rlim_cur = std::filesystem::file_size(folder / "r.sqlite") + 8192;
  setrlimit(RLIMIT_FSIZE, &low);
  const std::string message = message_of<MissingError>([&] { writer.write(flights[1].record, Detail::full); });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("full"));
  EXPECT_THAT(message, HasSubstr("r.sqlite"));
  EXPECT_EQ(dump(folder / "r.sqlite"), before);
  writer.write(flights[1].record, Detail::full);  // with room again
  EXPECT_EQ(writer.stored().size(), 2U);
}

TEST(Results, ALockedFileIsAnError) {
  const Folder folder;
  write(folder / "r.sqlite", {}, Detail::full);
  Writer writer = Writer::resume(folder / "r.sqlite", std::chrono::milliseconds(10));
  Database other(folder / "r.sqlite", Database::Mode::write);
  other.execute("BEGIN EXCLUSIVE");
  EXPECT_THAT(message_of<RunError>([&] { writer.write(small_flight().record, Detail::full); }), HasSubstr("locked"));
  other.execute("ROLLBACK");
  writer.write(small_flight().record, Detail::full);
  EXPECT_EQ(writer.stored().size(), 1U);
}

TEST(Results, CreateRefusesAndLeavesNothingBehind) {
  const Folder folder;
  write(folder / "there", {}, Detail::full);
  EXPECT_THAT(message_of<InputError>([&] { Writer::create(folder / "there"); }), HasSubstr("exists already"));
  EXPECT_THAT(message_of<MissingError>([&] { Writer::create(folder / "no" / "r.sqlite"); }), HasSubstr("r.sqlite: cannot be opened"));
  EXPECT_FALSE(std::filesystem::exists(folder / "no"));
  EXPECT_THAT(message_of<MissingError>([&] { Writer::create("/proc/r.sqlite"); }), HasSubstr("cannot be opened"));
}

TEST(Results, OtherFilesAreRefused) {
  const Folder folder;
  const auto file = folder / "other";
  EXPECT_THAT(message_of<MissingError>([&] { read_runs(file); }), HasSubstr("no such file"));
  EXPECT_THAT(message_of<MissingError>([&] { Writer::resume(file); }), HasSubstr("no such file"));
  EXPECT_THAT(message_of<InputError>([&] { read_runs(folder.path()); }), HasSubstr("a folder"));
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_THAT(message_of<InputError>([&] { read_runs(file); }), HasSubstr("no SQLite database"));
  EXPECT_THAT(message_of<InputError>([&] { Writer::resume(file); }), HasSubstr("no SQLite database"));
  std::filesystem::remove(file);
  Database(file, Database::Mode::create).execute("CREATE TABLE t (x)");
  EXPECT_THAT(message_of<InputError>([&] { read_runs(file); }), HasSubstr("not a results file"));
  EXPECT_THAT(message_of<InputError>([&] { Writer::resume(file); }), HasSubstr("not a results file"));
}

TEST(Results, AnotherVersionIsRefused) {
  const Folder folder;
  const auto file = folder / "old";
  write(file, {}, Detail::full);
  Database(file, Database::Mode::write).execute("PRAGMA user_version = 999");
  EXPECT_THAT(message_of<InputError>([&] { read_runs(file); }),
              HasSubstr("results of version 999, this program reads version " + std::to_string(schema_version)));
  EXPECT_THAT(message_of<InputError>([&] { Writer::resume(file); }), HasSubstr("version 999"));
}

TEST(Results, ADamagedFileIsRefused) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  write(file, quickstart_flights(), Detail::full);
  const auto size = std::filesystem::file_size(file);
  {
    std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(4096);
    damaged << std::string(size - 4096, '\xff');
  }
  EXPECT_THAT(message_of<InputError>([&] { read_runs(file); }), HasSubstr("damaged"));
}

TEST(Results, ReadingDoesNotWaitForAWriterBetweenRuns) {
  const Folder folder;
  Writer writer = Writer::create(folder / "r.sqlite");
  writer.write(small_flight(0).record, Detail::full);
  EXPECT_EQ(read_runs(folder / "r.sqlite").size(), 1U);
  writer.write(small_flight(1).record, Detail::full);
  EXPECT_EQ(read_runs(folder / "r.sqlite").size(), 2U);
}

}  // namespace
}  // namespace windtunnel::experiment::testing
