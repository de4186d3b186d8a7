#include "experiment/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

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

template <class Figure>
Estimate over(const std::vector<const RunSummary*>& runs, Figure figure) {
  std::vector<double> values;
  for (const RunSummary* run : runs) values.push_back(static_cast<double>(figure(*run)));
  return estimate(values);
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
            .rounds = over(runs, [](const RunSummary& run) { return run.rounds; }),
            .simulated_s = over(runs, [](const RunSummary& run) { return run.simulated_s; }),
            .cost_usd = over(runs, [](const RunSummary& run) { return run.cost_usd; }),
            .compute_usd = over(runs, [](const RunSummary& run) { return run.compute_usd; }),
            .requests_usd = over(runs, [](const RunSummary& run) { return run.requests_usd; }),
            .storage_usd = over(runs, [](const RunSummary& run) { return run.storage_usd; }),
            .machines_usd = over(runs, [](const RunSummary& run) { return run.machines_usd; }),
            .accuracy = over(runs, [](const RunSummary& run) { return run.accuracy; }),
            .loss = over(runs, [](const RunSummary& run) { return run.loss; }),
            .cold_starts = over(runs, [](const RunSummary& run) { return run.cold_starts; }),
            .bytes_moved = over(runs, [](const RunSummary& run) { return run.bytes_moved; }),
            .cost_by_service = mean_by_service(runs),
            .trajectory_fingerprint = combined(group, &RunSummary::trajectory_fingerprint),
            .results_fingerprint = combined(group, &RunSummary::results_fingerprint)};
  for (const RunSummary& run : group) {
    line.done += run.status == Status::done ? 1 : 0;
    line.reproducible = line.reproducible && run.reproducible;
    if (line.status == Status::done) line.reason = run.reason;
    line.status = std::max(line.status, run.status);
  }
  return line;
}

}  // namespace

std::vector<Line> compare_runs(std::span<const RunSummary> runs) {
  // Points in order of their number; a resumed or interrupted sweep may have gaps.
  std::map<std::int64_t, std::vector<RunSummary>> points;
  for (const RunSummary& run : runs) points[run.point].push_back(run);
  std::vector<Line> lines;
  for (const auto& [point, group] : points) lines.push_back(line_of(group));
  return lines;
}

std::vector<Line> compare(std::span<const std::filesystem::path> files) {
  std::vector<Line> lines;
  for (const std::filesystem::path& file : files) {
    const std::vector<RunSummary> runs = read_runs(file);
    for (Line& line : compare_runs(runs)) {
      // Of several files, the scenario tells their lines apart.
      for (std::string* text : {&line.title, &line.name}) {
        if (files.size() > 1 && *text != runs.front().scenario) *text = fmt::format("{}/{}", runs.front().scenario, *text);
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace windtunnel::experiment
