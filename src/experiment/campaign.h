// All runs of a scenario file, on several threads, into one results file; what the file holds already is not run again.
#pragma once

#include <filesystem>
#include <optional>

#include "experiment/results_folder.h"
#include "experiment/run.h"

namespace windtunnel::experiment {

struct CampaignOptions {
  int jobs = 1;                  ///< runs at once, and threads for their real work; ≥ 1 (checked)
  bool force = false;            ///< start anew over an older results file
  std::optional<Detail> detail;  ///< default: full for up to `full_detail_points` runs, else summary
};

/// Up to so many runs, a results file holds every span of every run.
inline constexpr std::int64_t full_detail_points = 20;

struct CampaignReport {
  std::filesystem::path file;
  std::int64_t runs = 0;     ///< of the scenario
  std::int64_t resumed = 0;  ///< of them in the file before
  std::int64_t not_done = 0; ///< infeasible or failed, those of before included
  bool machine_too_small = false;  ///< some failed because this machine has not got the memory
  bool interrupted = false;  ///< ended by the stop flag; what is finished is in the file
};

/// Throws InputError when the folder holds results of other inputs (and not `force`; plan.h), and what run_point and Writer
/// throw; the runs that had finished by then are in the file.
CampaignReport run_campaign(const scenario::Document& document, const ResultsFolder& folder, const CampaignOptions& options,
                            ProgressBoard& board, const StopFlag& stop);

}  // namespace windtunnel::experiment
