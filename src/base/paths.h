// Where the files that ship with the program are.
#pragma once

#include <filesystem>

namespace windtunnel {

/// The folder that holds scenarios/ and plots/: the environment's WINDTUNNEL_HOME, else the source folder of the build.
std::filesystem::path home_dir();

}  // namespace windtunnel
