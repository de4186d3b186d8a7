// Where the files that ship with the program are: beside the program where it was installed, wherever that is, else in
// the checkout and the build folder that it comes from.
#pragma once

#include <filesystem>

namespace windtunnel {

/// The folder that holds scenarios/ and plots/: the environment's WINDTUNNEL_HOME, else the installation's, else the
/// source folder of the build.
std::filesystem::path home_dir();

/// The file of a shared object of ours: the installation's of that name, else `built`.
std::filesystem::path library_path(const std::filesystem::path& built);

}  // namespace windtunnel
