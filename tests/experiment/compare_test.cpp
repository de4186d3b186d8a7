// The comparison: lines and their figures from files, the four formats, and that the JSON totals are the sums of the rows
// in the file. Looks are checked by eye; here only that columns line up and nothing is missing.
#include "experiment/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/screen_text.h"
#include "experiment/results_sqlite.h"
#include "experiment/run_figures.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Line> compare_one(const std::filesystem::path& file) {
  const std::filesystem::path files[] = {file};
  return compare(files);
}

TEST(Compare, OneLinePerRun) {
  const Folder folder;
  write(folder / "q", quickstart_flights(), Detail::full);
  const auto lines = compare_one(folder / "q");
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0].name, "spirt");
  EXPECT_EQ(lines[3].name, "spirt, attacked, meamed");
  EXPECT_EQ(lines[3].rule, "meamed");
  EXPECT_EQ(lines[0].replications, 1);
  EXPECT_TRUE(std::isnan(lines[0]["cost_usd"].half_width));
  const auto runs = read_runs(folder / "q");
  EXPECT_EQ(lines[2]["cost_usd"].mean, runs[2]["cost_usd"]);
  EXPECT_EQ(lines[2].results_fingerprint, runs[2].results_fingerprint);
}

TEST(Compare, ReplicationsAreOneLineWithAnInterval) {
  std::vector<RunSummary> runs(3);
  const double cost[] = {1, 2, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    runs[i].run_id = static_cast<std::int64_t>(i);
    runs[i].variant = "spirt";
    runs[i].point_label = "workers=4";
    runs[i]["cost_usd"] = cost[i];
    runs[i].cost_by_service = {{"lambda", cost[i]}};
    runs[i]["accuracy"] = runs[i]["loss"] = std::nan("");
    runs[i].trajectory_fingerprint = std::to_string(i);
  }
  const auto lines = compare_runs(runs);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].name, "spirt workers=4");
  EXPECT_EQ(lines[0].replications, 3);
  EXPECT_DOUBLE_EQ(lines[0]["cost_usd"].mean, 2);
  EXPECT_NEAR(lines[0]["cost_usd"].half_width, 4.302653 / std::sqrt(3.0), 1e-6);
  EXPECT_EQ(lines[0].cost_by_service.at(0).second, 2);
  EXPECT_TRUE(std::isnan(lines[0]["accuracy"].mean));
  const std::string together = lines[0].trajectory_fingerprint;
  EXPECT_EQ(together.size(), 16U);
  runs[2].trajectory_fingerprint = "another";
  EXPECT_NE(compare_runs(runs)[0].trajectory_fingerprint, together);
}

TEST(Compare, FiguresAreOfTheRunsThatAreDone) {
  std::vector<RunSummary> runs(3);
  runs[0]["cost_usd"] = 1;
  runs[1]["cost_usd"] = 3;
  runs[2]["cost_usd"] = 100;
  runs[2].status = Status::failed;
  runs[2].reason = "the server went away";
  const Line line = compare_runs(runs).at(0);
  EXPECT_EQ(line.done, 2);
  EXPECT_EQ(line.status, Status::failed);
  EXPECT_EQ(line.reason, "the server went away");
  EXPECT_EQ(line["cost_usd"].mean, 2);
}

TEST(Compare, ALineOfSeveralFilesNamesItsScenario) {
  const Folder folder;
  write(folder / "a", quickstart_flights(), Detail::summary);
  write(folder / "b", sweep_flights(2), Detail::summary);
  const std::filesystem::path files[] = {folder / "a", folder / "b"};
  const auto lines = compare(files);
  ASSERT_EQ(lines.size(), 17U);
  EXPECT_EQ(lines[0].name, "synthetic/spirt");
  EXPECT_EQ(lines[6].name, "memory_sweep/architecture=spirt, cloud.function.memory=512 MB");
}

TEST(CompareJson, HasTheFieldsAndTheTotalsOfTheFile) {
  const Folder folder;
  for (const Detail detail : {Detail::full, Detail::summary}) {
    const auto file = folder / std::string(name(detail));
    write(file, quickstart_flights(), detail);
    const Json json = Json::parse(render(compare_one(file), Format::json));
    ASSERT_EQ(json.size(), 5U);
    const Database database(file, Database::Mode::read);
    for (std::size_t i = 0; i < json.size(); ++i) {
      for (const char* field :
           {"name", "architecture", "rule", "attack", "seed", "rounds", "simulated_s", "cost_usd", "cost_by_service",
            "accuracy", "loss", "cold_starts", "bytes_moved", "trajectory_fingerprint", "results_fingerprint", "status"}) {
        EXPECT_TRUE(json[i].contains(field)) << field;
      }
      const auto sum = [&](const std::string& query) {
        Statement statement = database.prepare(query + " WHERE run_id = " + std::to_string(i));
        EXPECT_TRUE(statement.step());
        return statement.real(0);
      };
      EXPECT_NEAR(json[i]["cost_usd"], sum("SELECT sum(usd) FROM ledger"), 1e-12);
      double services = 0, kinds = 0;
      for (const auto& [service, usd] : json[i]["cost_by_service"].items()) services += usd.get<double>();
      for (const auto& [kind, usd] : json[i]["cost_by_kind"].items()) kinds += usd.get<double>();
      EXPECT_NEAR(services, json[i]["cost_usd"], 1e-12);
      EXPECT_NEAR(kinds, json[i]["cost_usd"], 1e-12);
      EXPECT_EQ(json[i]["bytes_moved"], sum("SELECT sum(bytes) FROM transfers"));
      if (detail == Detail::full) {
        EXPECT_NEAR(json[i]["simulated_s"], sum("SELECT max(end_s) FROM spans"), 1e-9);
        EXPECT_EQ(json[i]["cold_starts"], sum("SELECT total(cold) FROM invocations"));
      }
    }
  }
}

TEST(CompareJson, IsOneObjectPerLine) {
  const std::vector<RunSummary> runs(1);
  const auto lines = lines_of(render(compare_runs(runs), Format::json));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "[");
  EXPECT_TRUE(Json::accept(lines[1]));
  EXPECT_EQ(lines[2], "]");
  EXPECT_TRUE(Json::parse(render({}, Format::json)).empty());
}

TEST(CompareJson, WritesNullForWhatIsNotANumber) {
  std::vector<RunSummary> runs(1);
  runs[0]["accuracy"] = std::nan("");
  runs[0]["loss"] = INFINITY;
  runs[0].variant = "a \"quoted\" name\xff";
  const Json json = Json::parse(render(compare_runs(runs), Format::json))[0];
  EXPECT_TRUE(json["accuracy"].is_null());
  EXPECT_TRUE(json["loss"].is_null());
  EXPECT_TRUE(json["cost_usd_ci95"].is_null());
  EXPECT_THAT(json["name"].get<std::string>(), HasSubstr("\"quoted\""));
}

TEST(CompareCsv, IsFlatAndQuoted) {
  const Folder folder;
  write(folder / "q", quickstart_flights(), Detail::summary);
  const auto lines = lines_of(render(compare_one(folder / "q"), Format::csv));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_THAT(lines[0], HasSubstr("name,architecture,rule,attack,seed"));
  EXPECT_THAT(lines[0], HasSubstr("cost_by_kind.compute"));
  EXPECT_THAT(lines[0], HasSubstr("cost_by_service.lambda"));
  EXPECT_THAT(lines[4], HasSubstr("\"spirt, attacked, meamed\",spirt,meamed,sign_flip,7,"));
  const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  EXPECT_EQ(commas(lines[0]), commas(lines[1]));
  EXPECT_EQ(commas(lines[0]), commas(lines[3]));
}

TEST(CompareCsv, HasAColumnForEveryAxis) {
  const Folder folder;
  write(folder / "s", sweep_flights(2), Detail::summary);
  const auto lines = lines_of(render(compare_one(folder / "s"), Format::csv));
  EXPECT_THAT(lines[0], HasSubstr(",sweep.architecture,sweep.cloud.function.memory,"));
  EXPECT_THAT(lines[2], HasSubstr(",512 MB,"));
}

// Columns on a screen up to where `text` starts in `line`.
std::size_t screen_column(const std::string& line, const std::string& text) {
  const std::string before = line.substr(0, line.find(text));
  return static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(CompareTable, LinesUpAndShowsTheFigures) {
  std::vector<RunSummary> runs(2);
  runs[0].variant = "spirt";
  runs[0]["simulated_s"] = 95;
  runs[0]["cost_usd"] = 0.0123456;
  runs[0]["compute_usd"] = 0.01;
  runs[0]["accuracy"] = 0.8766;
  runs[0]["cold_starts"] = 4;
  runs[0]["bytes_moved"] = 1'500'000;
  runs[1] = runs[0];
  runs[1].point = 1;
  runs[1].variant = "a much longer name";
  runs[1]["cost_usd"] = 1.5;
  runs[1]["accuracy"] = std::nan("");
  const auto lines = lines_of(render(compare_runs(runs), Format::table));
  ASSERT_EQ(lines.size(), 4U);
  for (const char* text : {"95 s", "0.0123", "0.0100", "87.7 %", "4", "1.5 MB"}) EXPECT_THAT(lines[2], HasSubstr(text));
  EXPECT_THAT(lines[3], HasSubstr("1.5000"));
  EXPECT_THAT(lines[3], HasSubstr("–"));
  EXPECT_EQ(screen_column(lines[2], "1.5 MB"), screen_column(lines[3], "1.5 MB"));
  EXPECT_EQ(screen_column(lines[0], "accuracy") + 8, screen_column(lines[2], "87.7 %") + 6);
}

TEST(CompareTable, TellsRunsApartByWhatDiffers) {
  const Folder folder;
  write(folder / "q", quickstart_flights(), Detail::summary);
  const std::string text = render(compare_one(folder / "q"), Format::table);
  EXPECT_THAT(lines_of(text)[0], HasSubstr("rule"));
  EXPECT_THAT(lines_of(text)[0], HasSubstr("attack"));
  std::vector<RunSummary> runs(2);
  runs[0].variant = runs[0].architecture = "spirt";
  runs[1].variant = runs[1].architecture = "centralized";
  runs[1].point = 1;
  EXPECT_THAT(render(compare_runs(runs), Format::table), Not(HasSubstr("architecture")));
}

TEST(CompareTable, SaysWhyThereAreNoFigures) {
  const Folder folder;
  write(folder / "s", sweep_flights(3), Detail::summary);
  const auto lines = lines_of(render(compare_one(folder / "s"), Format::table));
  EXPECT_THAT(lines[2], HasSubstr("3 of 3 infeasible: memory too small: 3 gradients"));
  EXPECT_THAT(lines[3], HasSubstr(" ± "));
}

TEST(CompareTable, SaysThatALossDiverged) {
  std::vector<RunSummary> runs(3);
  runs[0]["diverged"] = 1;
  EXPECT_THAT(render(compare_runs(std::span(runs).first(1)), Format::table), HasSubstr("  the loss diverged\n"));
  EXPECT_THAT(render(compare_runs(runs), Format::table), HasSubstr("the loss diverged in 1 of 3\n"));
  EXPECT_THAT(render(compare_runs(std::span(runs).last(2)), Format::table), Not(HasSubstr("diverged")));
}

TEST(CompareTable, SaysHowFarARunCameAndWhetherItsTargetWasReached) {
  std::vector<RunSummary> runs(4);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].point = static_cast<std::int64_t>(i / 2);
    runs[i]["rounds_planned"] = 100;
    runs[i]["rounds"] = i < 2 ? 100 : 12;
    runs[i]["accuracy"] = 0.68;
    runs[i]["target_accuracy"] = 0.8;
    runs[i]["target_reached"] = i == 3 ? 1 : 0;
  }
  runs[3]["rounds_to_target"] = 12;
  runs[3]["time_to_target_s"] = 95;
  runs[3]["cost_to_target_usd"] = 1.5;
  runs[2]["crashes"] = 3;
  const auto lines = lines_of(render(compare_runs(runs), Format::table));
  for (const char* heading : {"rounds", "target", "time to target", "USD to target", "crashes"}) {
    EXPECT_THAT(lines[0], HasSubstr(heading));
  }
  EXPECT_THAT(lines[2], HasSubstr("  80 % missed"));
  EXPECT_THAT(lines[2], HasSubstr("  100  "));
  EXPECT_THAT(lines[3], HasSubstr("  12 of 100  "));
  EXPECT_THAT(lines[3], HasSubstr("  80 % in 1 of 2"));
  EXPECT_THAT(lines[3], HasSubstr("  95 s"));
  EXPECT_THAT(lines[3], HasSubstr("  1.50"));
  const auto reached = lines_of(render(compare_runs(std::span(runs).last(1)), Format::table));
  EXPECT_THAT(reached[2], HasSubstr("  80 % reached"));
  const std::vector<RunSummary> none(1);
  for (const char* heading : {"target", "crashes"}) EXPECT_THAT(render(compare_runs(none), Format::table), Not(HasSubstr(heading)));
}

TEST(CompareTable, ShowsALossWhereThereIsNoAccuracy) {
  std::vector<RunSummary> runs(4);
  const double loss[] = {8e-4, 1.23e11, INFINITY, std::nan("")};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].point = static_cast<std::int64_t>(i);
    runs[i]["loss"] = loss[i];
    runs[i]["diverged"] = i == 0 ? 0 : 1;
  }
  const auto lines = lines_of(render(compare_runs(runs), Format::table));
  EXPECT_THAT(lines[0], HasSubstr("  loss"));
  const char* const cells[] = {"  0.0008  ", "  1.23e+11  ", "  ∞  ", "  NaN  "};
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_THAT(lines[2 + i], HasSubstr(cells[i]));
  for (RunSummary& run : runs) run["accuracy"] = 0.5;
  EXPECT_THAT(lines_of(render(compare_runs(runs), Format::table))[0], Not(HasSubstr("loss")));
}

TEST(CompareTable, FitsTheTerminal) {
  const Folder folder;
  write(folder / "s", sweep_flights(3), Detail::summary);
  write(folder / "q", quickstart_flights(), Detail::summary);
  for (const char* file : {"s", "q"}) {
    const auto whole = lines_of(render(compare_one(folder / file), Format::table));
    for (const std::size_t columns : {60U, 80U, 120U, 200U, 400U}) {
      const auto lines = lines_of(render(compare_one(folder / file), Format::table, columns));
      for (const std::string& line : lines) EXPECT_LE(columns_of(line), columns) << line;
      EXPECT_THAT(lines[0], HasSubstr("simulated time"));
      EXPECT_THAT(lines[0], HasSubstr("cost USD"));
      const bool fits = columns_of(whole[0]) <= columns;
      EXPECT_EQ(lines[0] == whole[0], fits);
      EXPECT_EQ(lines.back().find("--wide") == std::string::npos, fits);
    }
  }
  // The reason stands below its line, in full.
  const std::string narrow = render(compare_one(folder / "s"), Format::table, 80);
  EXPECT_THAT(narrow, HasSubstr("\n    3 of 3 infeasible: memory too small: 3 gradients and the runtime need 412\n    MB,"));
}

TEST(CompareTable, PrintsNoControlCharacters) {
  std::vector<RunSummary> runs(1);
  runs[0].variant = "evil \x1b[2J\x07name";
  runs[0].status = Status::failed;
  runs[0].reason = "server \x1b]0;title\x07";
  for (const Format format : {Format::table, Format::md}) {
    const std::string text = render(compare_runs(runs), format);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("evil \\x1b[2J\\x07name"));
    EXPECT_THAT(text, HasSubstr("\\x1b]0;title"));
  }
}

TEST(Compare, ShowsEveryFigureInJsonAndCsv) {
  const std::vector<RunSummary> runs(1);
  const Json json = Json::parse(render(compare_runs(runs), Format::json))[0];
  const std::string header = lines_of(render(compare_runs(runs), Format::csv))[0];
  for (const RunFigure& figure : run_figures()) {
    const std::string group(figure.group), member(figure.member), name(figure.column.name);
    EXPECT_TRUE(group.empty() ? json.contains(name) : json[group].contains(member)) << name;
    EXPECT_THAT(header, HasSubstr(group.empty() ? name + "," + name + "_ci95" : group + "." + member));
  }
}

TEST(CompareMarkdown, IsATable) {
  const Folder folder;
  write(folder / "s", sweep_flights(2), Detail::summary);
  const auto lines = lines_of(render(compare_one(folder / "s"), Format::md));
  ASSERT_EQ(lines.size(), 14U);
  const auto bars = [](const std::string& line) { return std::count(line.begin(), line.end(), '|'); };
  for (const std::string& line : lines) EXPECT_EQ(bars(line), bars(lines[0])) << line;
  EXPECT_THAT(lines[2], HasSubstr("infeasible"));
}

TEST(Compare, FormatsAreKnownByName) {
  EXPECT_THAT(formats(), ElementsAre("table", "json", "csv", "md"));
  EXPECT_EQ(format_named("csv"), Format::csv);
  EXPECT_THROW(format_named("jsn"), InputError);
}

}  // namespace
}  // namespace windtunnel::experiment::testing
