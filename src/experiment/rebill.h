// Finished runs under another price sheet, from the quantities that their file keeps: nothing is run again.
#pragma once

#include <filesystem>
#include <vector>

#include "experiment/results.h"
#include "models/prices.h"

namespace windtunnel::experiment {

/// The runs of the file, as read_runs gives them, with the money that they cost under the sheet. Throws as read_runs does, and
/// InputError when the sheet lacks an item that was used.
std::vector<RunSummary> read_runs_under(const std::filesystem::path& file, const models::PriceSheet& sheet);

}  // namespace windtunnel::experiment
