// The comparison that every run ends with: one line per point, from one or more results files.
// Replications of a point are one line, with mean ± 95 % confidence interval. All figures come from the files.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/results.h"
#include "experiment/statistics.h"

namespace windtunnel::experiment {

/// One line. Estimates are over the runs that are done; of a line of one run they are its figures.
struct Line {
  std::string title;  ///< variant, or scenario without variants
  std::string name;   ///< title and point label; the label alone without variants
  std::string architecture, rule, attack;
  std::vector<SweepValue> sweep_values{};
  std::uint64_t seed = 0;  ///< of the first replication
  std::int64_t replications = 0;
  std::int64_t done = 0;                ///< of the replications
  Status status = Status::done;         ///< the worst of the replications
  std::string reason;                   ///< of the first that is not done
  std::vector<Estimate> figures = std::vector<Estimate>(figure_count());  ///< by figure_index
  std::vector<std::pair<std::string, double>> cost_by_service{};          ///< mean USD, in alphabetical order
  std::string trajectory_fingerprint, results_fingerprint;                ///< of several runs: the hash of theirs
  bool reproducible = true;
  std::string price_sheet;
  std::string inputs{};  ///< what differs from the first line's inputs, beside settings; for the note

  /// The figure of that name (checked): line["cost_usd"].
  const Estimate& operator[](std::string_view figure) const { return figures[figure_index(figure)]; }
};

struct CompareOptions {
  std::optional<std::string> prices{};  ///< name or path of a price sheet to bill all runs under
  bool mixed = false;                   ///< runs of different inputs may stand in one table; its notes say what differs
};

/// Lines in the order of the files and of the points in each. Errors as of read_runs, and InputError, which names what
/// differs, when the runs come from price sheets of one name, data files or programs that were not the same.
std::vector<Line> compare(std::span<const std::filesystem::path> files, const CompareOptions& options = {});

/// The lines of runs of one file that are already in memory, ordered by run_id.
std::vector<Line> compare_runs(std::span<const RunSummary> runs);

enum class Format : std::uint8_t { table, json, csv, md };
/// The formats' names, in the order of the enum.
std::span<const std::string_view> formats();
/// Throws InputError with the known names.
Format format_named(std::string_view name);

/// The text of a comparison, ending in a line break.
/// table, md: human units. json: one array of objects, a line each; numbers in base units, null where there is none.
/// csv: RFC 4180 with a header; the same fields, flat.
/// A table is as wide as it wants, or at most `columns` when that is not 0 (compare_table.h).
std::string render(std::span<const Line> lines, Format format, std::size_t columns = 0);

}  // namespace windtunnel::experiment
