#include "experiment/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.h"
#include "experiment/differences.h"
#include "experiment/rebill.h"
#include "sim/fingerprint.h"

namespace windtunnel::experiment {
namespace {

using Group = std::span<const RunSummary>;

std::string name_of(const RunSummary& run) {
  if (run.variant.empty()) return run.point_label.empty() ? run.scenario : run.point_label;
  return run.point_label.empty() ? run.variant : fmt::format("{} {}", run.variant, run.point_label);
}

// The runs that the figures are of: those that are done; a line of one run shows what it came to in any case.
std::vector<const RunSummary*> counted(Group group) {
  std::vector<const RunSummary*> runs;
  for (const RunSummary& run : group) {
    if (run.status == Status::done || group.size() == 1) runs.push_back(&run);
  }
  return runs;
}

std::vector<Estimate> estimates(const std::vector<const RunSummary*>& runs) {
  std::vector<Estimate> all;
  for (std::size_t i = 0; i < figure_count(); ++i) {
    std::vector<double> values;
    for (const RunSummary* run : runs) values.push_back(run->figures[i]);
    all.push_back(estimate(values));
  }
  return all;
}

std::string combined(Group group, std::string RunSummary::* fingerprint) {
  if (group.size() == 1) return group[0].*fingerprint;
  sim::Fingerprint all;
  for (const RunSummary& run : group) all.add(std::string_view(run.*fingerprint));
  return all.hex();
}

std::vector<std::pair<std::string, double>> mean_by_service(const std::vector<const RunSummary*>& runs) {
  std::map<std::string, double> sums;
  for (const RunSummary* run : runs) {
    for (const auto& [service, usd] : run->cost_by_service) sums[service] += usd;
  }
  std::vector<std::pair<std::string, double>> means;
  for (const auto& [service, usd] : sums) means.emplace_back(service, usd / static_cast<double>(runs.size()));
  return means;
}

Line line_of(Group group) {
  const RunSummary& first = group.front();
  const auto runs = counted(group);
  Line line{.title = first.variant.empty() ? first.scenario : first.variant,
            .name = name_of(first),
            .architecture = first.architecture,
            .rule = first.rule,
            .attack = first.attack,
            .sweep_values = first.sweep_values,
            .seed = first.seed,
            .replications = static_cast<std::int64_t>(group.size()),
            .status = Status::done,
            .reason = {},
            .figures = estimates(runs),
            .cost_by_service = mean_by_service(runs),
            .trajectory_fingerprint = combined(group, &RunSummary::trajectory_fingerprint),
            .results_fingerprint = combined(group, &RunSummary::results_fingerprint),
            .price_sheet = first.price_sheet};
  for (const RunSummary& run : group) {
    line.done += run.status == Status::done ? 1 : 0;
    line.reproducible = line.reproducible && run.reproducible;
    if (line.status == Status::done) line.reason = run.reason;
    line.status = std::max(line.status, run.status);
  }
  return line;
}

// Remembers what the runs of each file were made from; those of one file are made from the same (plan.h).
class Inputs {
 public:
  explicit Inputs(bool mixed) : mixed_(mixed) {}

  /// What differs from the files before, on one line.
  std::string of(const std::filesystem::path& file, const std::vector<RunSummary>& runs) {
    std::vector<std::string> lines;
    for (const RunSummary& run : runs) {
      for (const auto& [earlier, earlier_file] : known_) {
        lines = hidden_differences(run, earlier);
        if (!lines.empty() && !mixed_) {
          throw InputError(fmt::format(
              "{0} and {1} were not made from the same inputs, so their figures do not compare; run one again, or say --mixed "
              "to see them all the same{2}. What differs (there: {1}; here: {0}):\n  {3}",
              earlier_file, file.string(),
              run.price_sheet_hash == earlier.price_sheet_hash ? "" : ", or --prices to bill both anew",
              fmt::join(lines, "\n  ")));
        }
        if (!lines.empty()) break;
      }
      if (!lines.empty()) break;
    }
    // One run for each combination of sheet and data is enough to know the file by.
    std::set<std::tuple<std::string, std::string>> seen;
    for (const RunSummary& run : runs) {
      if (!seen.emplace(run.price_sheet, run.data_hash).second) continue;
      known_.emplace_back(run, file.string());
    }
    return fmt::format("{}", fmt::join(lines, "; "));
  }

 private:
  bool mixed_;
  std::vector<std::pair<RunIdentity, std::string>> known_;
};

}  // namespace

std::vector<Line> compare_runs(std::span<const RunSummary> runs) {
  // Points in order of their number; a resumed or interrupted sweep may have gaps.
  std::map<std::int64_t, std::vector<RunSummary>> points;
  for (const RunSummary& run : runs) points[run.point].push_back(run);
  std::vector<Line> lines;
  for (const auto& [point, group] : points) lines.push_back(line_of(group));
  return lines;
}

std::vector<Line> compare(std::span<const std::filesystem::path> files, const CompareOptions& options) {
  std::optional<models::PriceSheet> sheet;
  if (options.prices) sheet = models::PriceSheet::find(*options.prices, {});
  std::vector<Line> lines;
  Inputs inputs(options.mixed);
  for (const std::filesystem::path& file : files) {
    const std::vector<RunSummary> runs = sheet ? read_runs_under(file, *sheet) : read_runs(file);
    const std::string differs = inputs.of(file, runs);
    for (Line& line : compare_runs(runs)) {
      // Of several files, the scenario tells their lines apart.
      for (std::string* text : {&line.title, &line.name}) {
        if (files.size() > 1 && *text != runs.front().scenario) *text = fmt::format("{}/{}", runs.front().scenario, *text);
      }
      line.inputs = differs;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace windtunnel::experiment
