// Charts of a results file, drawn by plots/plot.py in a Python that has matplotlib.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace windtunnel::app {

/// Draws into `folder`; the paths of the charts, in the order drawn. Throws MissingError when there is no such Python or
/// the charts cannot be drawn, InputError when the file is not a results file.
std::vector<std::string> draw_charts(const std::filesystem::path& results, const std::filesystem::path& folder,
                                     const std::string& format);

}  // namespace windtunnel::app
