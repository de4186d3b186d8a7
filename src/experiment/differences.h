// What differs between the inputs of two runs: results of different inputs must not stand in one table unnoticed.
#pragma once

#include <string>
#include <vector>

#include "experiment/results.h"

namespace windtunnel::experiment {

/// What differs between the inputs of two runs, a line each, "rounds: 10 there, 20 here": settings by path, then price
/// sheet, data and program. Empty: their numbers may stand side by side.
std::vector<std::string> differences(const RunIdentity& there, const RunIdentity& here);

/// The same without settings: what a scenario file does not show.
std::vector<std::string> hidden_differences(const RunIdentity& there, const RunIdentity& here);

}  // namespace windtunnel::experiment
