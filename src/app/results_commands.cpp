#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>

#include "app/charts.h"
#include "app/commands.h"
#include "app/options.h"
#include "base/error.h"
#include "base/screen_text.h"
#include "experiment/compare.h"
#include "experiment/trace.h"

namespace windtunnel::app {
namespace {

namespace fs = std::filesystem;

/// A results file, or the folder that `run` wrote one to.
fs::path results_file(const std::string& given) {
  return fs::is_directory(given) ? fs::path(given) / "results.sqlite" : fs::path(given);
}

}  // namespace

void add_compare(CLI::App& cli, Action& action) {
  struct Options {
    std::vector<std::string> results;
    std::string format = "table", prices;
    bool mixed = false, wide = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = cli.add_subcommand("compare", "Compare finished runs, from one or more results files");
  command->add_option("results", options->results, "Results files, or the folders they are in")
      ->required()
      ->type_name("RESULTS");
  command->add_option("--format", options->format, "Format of the comparison")
      ->check(CLI::IsMember({"table", "json", "csv", "md"}))
      ->capture_default_str();
  command->add_option("--prices", options->prices,
                      "Bill the stored quantities anew under this price sheet: one of `windtunnel list prices`, or a file")
      ->type_name("SHEET");
  command->add_flag("--wide", options->wide, "All columns, on a narrow terminal too");
  command->add_flag("--mixed", options->mixed,
                    "Compare runs of other price sheets, data files or programs too, with a note of what differs");
  command->callback([options, &action] {
    action = [options] {
      std::vector<fs::path> files;
      for (const std::string& given : options->results) files.push_back(results_file(given));
      experiment::CompareOptions how{.mixed = options->mixed};
      if (!options->prices.empty()) how.prices = options->prices;
      print(experiment::render(experiment::compare(files, how), experiment::format_named(options->format),
                               options->wide ? 0 : output_columns()));
      return 0;
    };
  });
}

void add_plot(CLI::App& cli, Action& action) {
  struct Options {
    std::string results, out, format = "png";
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = cli.add_subcommand("plot", "Draw the charts of a results file");
  command->add_option("results", options->results, "Results file, or the folder it is in")->required()->type_name("RESULTS");
  command->add_option("--out", options->out, "Folder for the charts (default: where the results are)")->type_name("DIR");
  command->add_option("--format", options->format, "Format of the charts")
      ->check(CLI::IsMember({"png", "svg", "pdf"}))
      ->capture_default_str();
  command->callback([options, &action] {
    action = [options] {
      const fs::path file = results_file(options->results);
      experiment::read_runs(file);  // says what is wrong with the file in our own words
      const fs::path out = options->out.empty() ? file.parent_path() : fs::path(options->out);
      const Charts charts = draw_charts(file, out, options->format);
      std::fputs(printable(charts.notes).c_str(), stderr);
      for (const std::string& chart : charts.files) print(printable(chart) + "\n");
      return 0;
    };
  });
}

void add_trace(CLI::App& cli, Action& action) {
  struct Options {
    std::string results;
    std::optional<std::int64_t> run;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      cli.add_subcommand("trace", "Print a run's spans as a Chrome trace (JSON) for ui.perfetto.dev or chrome://tracing");
  command->add_option("results", options->results, "Results file, or the folder it is in")->required()->type_name("RESULTS");
  command->add_option("--run", options->run, "Which run, when the file holds several: its run_id")
      ->type_name("ID")
      ->transform(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command->callback([options, &action] {
    action = [options] {
      experiment::write_trace(results_file(options->results), options->run, std::cout);
      print("");
      return 0;
    };
  });
}

}  // namespace windtunnel::app
