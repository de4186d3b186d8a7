// The results file: what runs leave behind, in one SQLite file per scenario that was run or swept.
//
// The promises:
// - A run is written in one transaction, so a program that is killed loses only the runs under way, and the file is
//   always whole.
// - Whoever reads the file neither stops the writer nor is stopped by it. While runs are written, `<file>-wal` is part of
//   the file; a closed file is one file.
// - Nothing in the tables tells when, how fast or in which order the runs were executed: a sweep that was killed and
//   resumed holds the same rows, read by primary key, as one that was left alone.
// - The file explains itself: table `columns` gives the unit and meaning of every column (results_schema.h).
// - A file of another program or of another version of the schema is refused, not guessed at.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "models/journal.h"
#include "sim/fingerprint.h"
#include "sim/time.h"

namespace windtunnel::experiment {

/// How a run ended.
enum class Status : std::uint8_t {
  done,        ///< to its end
  infeasible,  ///< a limit of the modelled platform forbids it; running it again changes nothing
  failed,      ///< something broke (a store that went away); may work another time
};
std::string_view name(Status status);
/// The status of that name; InputError when there is none.
Status status_named(std::string_view name);

/// How much of a run's journal is kept.
enum class Detail : std::uint8_t {
  summary,  ///< no spans and invocations; phases by role; what is paid for summed up by item
  full,
};
std::string_view name(Detail detail);

/// The value of one axis of a sweep at a point, as text: `512 MB`, `spirt`.
struct SweepValue {
  std::string path;
  std::string value;
};

/// What a run is, before any figure: its place in the scenario, everything that decides its numbers, and how it ended.
/// Each member is a column of table `runs` (run_columns.cpp).
struct RunIdentity {
  std::int64_t run_id = 0;       ///< ≥ 0, unique in the file
  std::int64_t point = 0;        ///< number of the comparison's line; replications of one point share it
  std::int64_t replication = 0;  ///< from 0
  std::string scenario;          ///< name
  std::string variant;           ///< empty without variants
  std::string point_label;       ///< `functions.memory=512 MB`; empty without a sweep
  std::vector<SweepValue> sweep_values{};
  std::string architecture, rule, attack;
  std::uint64_t seed = 0;  ///< below 2^63
  std::string scenario_hash, scenario_json;
  std::string price_sheet, price_sheet_hash;  ///< name, and hash of what it says
  std::string data_hash;                      ///< of the data files; empty when none are read
  std::string program_version, program_build;  ///< build: hash of the sources
  Status status = Status::done;
  std::string reason;        ///< one line when not done, else empty
  bool reproducible = true;  ///< false when durations were measured
};

/// A finished run as its executor hands it over. Costs, rounds, cold starts and bytes are taken from the journal.
struct RunRecord : RunIdentity {
  std::int64_t rounds_planned = 0;
  std::optional<double> target_accuracy{};  ///< that the job was to reach
  std::int64_t parameters = 0, samples = 0, sample_bytes = 0;  ///< of the learning workload
  std::int64_t classes = 0;                                    ///< of the learning workload; 0: no labels
  sim::Time ended{};                                           ///< simulated time at the end of the run
  double accuracy = std::numeric_limits<double>::quiet_NaN();  ///< final, in [0, 1]; NaN where there is none
  double loss = std::numeric_limits<double>::quiet_NaN();
  sim::Fingerprint trajectory{};  ///< of the simulation

  const models::Journal* journal = nullptr;  ///< null when the run ended before its world was built
};

/// Fingerprint of what a run found out: status, end, rounds, evaluations, faults, ledger, transfers, and the sums of
/// spans by actor and phase. Independent of labels, versions and hashes, and of how much detail is kept.
sim::Fingerprint results_fingerprint(const RunRecord& run);

/// Number of figures that every run has (run_figures.h), and the place of the one of that name (checked).
std::size_t figure_count();
std::size_t figure_index(std::string_view name);
/// 0 for each figure that every run has, NaN for the others.
std::vector<double> no_figures();

/// One row of table `runs`, and its costs by service.
struct RunSummary : RunIdentity {
  Detail detail = Detail::full;
  std::vector<double> figures = no_figures();  ///< by figure_index; NaN where there is none
  std::string trajectory_fingerprint, results_fingerprint;
  std::vector<std::pair<std::string, double>> cost_by_service{};  ///< USD, in alphabetical order

  /// The figure of that name (checked): run["cost_usd"].
  double operator[](std::string_view figure) const { return figures[figure_index(figure)]; }
  double& operator[](std::string_view figure) { return figures[figure_index(figure)]; }
};

/// Row of table `runs` that `write` would store for `run`.
RunSummary summarize(const RunRecord& run, Detail detail);

struct PlannedRun;

/// Writes runs to a results file. Safe to use from several threads; one process at a time (results_folder.h).
class Writer {
 public:
  /// A new, empty file. InputError when `file` exists, MissingError when it cannot be made (folder missing or
  /// read-only, disk full); nothing is left behind then.
  static Writer create(const std::filesystem::path& file);
  /// An existing file, to add runs to. MissingError when there is none or it cannot be written, InputError when it is
  /// not a results file or one of another version.
  static Writer resume(const std::filesystem::path& file, Duration lock_patience = std::chrono::seconds(2));

  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  /// Stores the run, all or nothing. A failed run of the same id gives way; any other run of the same id is a RunError
  /// (another program writes to the file). Full disk: MissingError; file locked for longer than the patience of `resume`:
  /// RunError, unless somebody waits.
  void write(const RunRecord& run, Detail detail);

  /// Called, with what is locked, whenever another program has kept the file locked for the patience; then it is tried again,
  /// until it works or `wait` throws.
  void when_locked(std::function<void(const std::string& why)> wait);

  /// Makes the file one file again; nothing may be written any more. False when that must wait for another program that
  /// reads it: the last one to close it does it then. The destructor closes too.
  bool close();

  /// The runs in the file, by run_id, without their costs by service: what need not be run again (but for failed ones).
  std::vector<RunSummary> stored() const;

  /// The runs that the file is to hold, by run_id (plan.h).
  std::vector<PlannedRun> plan() const;
  void set_plan(const std::vector<PlannedRun>& plan);

 private:
  struct State;
  explicit Writer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The runs of a file, by run_id. MissingError when it cannot be read, InputError when it is not a results file or one of
/// another version.
std::vector<RunSummary> read_runs(const std::filesystem::path& file);

}  // namespace windtunnel::experiment
