#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "app/charts.h"
#include "app/commands.h"
#include "app/display.h"
#include "app/options.h"
#include "app/scenario_files.h"
#include "base/error.h"
#include "base/interruption.h"
#include "base/screen_text.h"
#include "experiment/campaign.h"
#include "experiment/compare.h"
#include "scenario/document.h"

namespace windtunnel::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::optional<std::uint64_t> seed;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string out;
  std::string format = "table";
  std::string detail;
  bool quiet = false, force = false, no_charts = false, wide = false;
};

std::optional<experiment::Detail> detail_of(const Options& options) {
  if (options.detail.empty()) return std::nullopt;
  return options.detail == "full" ? experiment::Detail::full : experiment::Detail::summary;
}

fs::path folder_of(const Options& options, const scenario::Document& document) {
  if (options.out.empty()) return fs::path("results") / document.name;
  return options.files.size() == 1 ? fs::path(options.out) : fs::path(options.out) / document.name;
}

void chart(const experiment::CampaignReport& report, const Options& options) {
  try {
    const Charts charts = draw_charts(report.file, report.file.parent_path(), "png");
    if (!options.quiet) std::fputs(printable(charts.notes).c_str(), stderr);
    for (const std::string& path : charts.files) {
      if (options.format == "table") print("chart: " + printable(path) + "\n");
    }
  } catch (const Error& error) {  // the runs are done all the same
    if (!options.quiet) std::fputs(fmt::format("windtunnel: no charts: {}\n", printable(error.what())).c_str(), stderr);
  }
}

int run(const Options& options, const experiment::StopFlag& stop) {
  // Every file is read before the first one runs: a fault in the last is known at once.
  std::vector<std::string> settings = options.settings;
  if (options.seed) settings.push_back(fmt::format("seed={}", *options.seed));
  std::vector<scenario::Document> documents;
  ScenarioFiles scenarios;
  for (const std::string& file : options.files) documents.push_back(scenarios.load(file, settings));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (folder_of(options, documents[i]) == folder_of(options, documents[j])) {
        throw InputError(fmt::format("{} and {} are both named \"{}\" and would write to one folder; change the name: of one",
                                     options.files[j], options.files[i], documents[i].name));
      }
    }
  }

  // All folders are taken before the first run: a sweep of hours must not end because the next one's folder is taken.
  std::vector<experiment::ResultsFolder> folders;
  for (const scenario::Document& document : documents) folders.emplace_back(folder_of(options, document));

  std::vector<fs::path> files;
  std::int64_t not_done = 0;
  bool interrupted = false;
  std::vector<experiment::CampaignReport> reports;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    experiment::ProgressBoard board;
    const Display display(board, options.quiet, options.jobs, stop);
    const experiment::CampaignReport report =
        experiment::run_campaign(documents[i], folders[i],
                                 {.jobs = options.jobs, .force = options.force, .detail = detail_of(options)}, board, stop);
    files.push_back(report.file);
    reports.push_back(report);
    not_done += report.not_done;
    interrupted = interrupted || report.interrupted;
    if (interrupted) break;
  }
  // What is finished is shown all the same.
  std::optional<Watched> to_its_end;
  if (interrupted) to_its_end.emplace(nullptr);
  const std::vector<experiment::Line> lines = experiment::compare(files);
  if (!interrupted || !lines.empty()) print(experiment::render(lines, experiment::format_named(options.format), options.wide ? 0 : output_columns()));
  if (interrupted) {
    if (!options.quiet) {
      std::fputs("windtunnel: interrupted; what is finished is kept, the same command runs the rest\n", stderr);
    }
    return 130;
  }
  for (const auto& report : reports) {
    if (options.format == "table") print(fmt::format("\nresults: {}\n", printable(report.file.string())));
    if (!options.no_charts) chart(report, options);
  }
  const bool too_small = std::any_of(reports.begin(), reports.end(), [](const auto& report) { return report.machine_too_small; });
  return too_small ? 3 : not_done > 0 ? 1 : 0;
}

}  // namespace

void add_run(CLI::App& cli, Action& action, const experiment::StopFlag& stop) {
  auto options = std::make_shared<Options>();
  CLI::App* command = cli.add_subcommand("run", "Run scenarios: all variants and sweep points, then compare and draw charts");
  command->add_option("files", options->files, "Scenario files (YAML); - is standard input")->required()->type_name("FILE");
  command->add_option("--set", options->settings, "Override a setting, e.g. --set cloud.function.memory='1769 MB'")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "Seed instead of the scenario's")
      ->transform(whole_number(0, 9'200'000'000'000'000'000));  // as the setting
  command->add_option("--jobs", options->jobs, "Runs at once, and threads for real gradients (default: all cores)")
      ->transform(whole_number(1, 1024));
  command->add_option("--out", options->out, "Folder for results.sqlite and charts (default: results/<name>)")
      ->type_name("DIR");
  command->add_option("--format", options->format, "Format of the comparison")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->add_option("--detail", options->detail,
                      "Keep every span and call of each run, or totals only (default: full for up to 20 runs)")
      ->check(CLI::IsMember({"full", "summary"}));
  command->add_flag("--wide", options->wide, "All columns of the comparison, on a narrow terminal too");
  command->add_flag("--force", options->force, "Replace older results in the folder");
  command->add_flag("--no-charts", options->no_charts, "Draw no charts");
  command->add_flag("--quiet", options->quiet, "No progress and no notes on standard error");
  command->footer(
      "Without --force, runs that the folder holds already are not run again: after an interruption the same command\n"
      "goes on with what is missing. Exit codes: 0 done, 1 a run was infeasible or failed, 2 bad input, 3 something is\n"
      "missing on the machine, 130 interrupted.");
  command->callback([options, &action, &stop] { action = [options, &stop] { return run(*options, stop); }; });
}

}  // namespace windtunnel::app
