// Charts of a results file, drawn by plots/plot.py in a Python that has matplotlib.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace windtunnel::app {

struct Charts {
  std::vector<std::string> files;  ///< paths, in the order drawn
  std::string notes;               ///< what was left out and why, a line each
};

/// Draws into `folder`. Throws MissingError when there is no such Python or it lacks something, InputError when the file is not
/// a results file, RunError with Python's own words for any other failure.
Charts draw_charts(const std::filesystem::path& results, const std::filesystem::path& folder, const std::string& format);

}  // namespace windtunnel::app
