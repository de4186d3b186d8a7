#include "base/paths.h"

#include <cstdlib>

namespace windtunnel {
namespace {

namespace fs = std::filesystem;

/// `relative` as seen from the folder of the program that runs; empty when nothing is there.
fs::path beside_program(const fs::path& relative) {
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  if (none) return {};
  const fs::path found = fs::canonical(program.parent_path() / relative, none);
  return none ? fs::path{} : found;
}

}  // namespace

fs::path home_dir() {
  if (const char* home = std::getenv("WINDTUNNEL_HOME"); home != nullptr && *home != '\0') return home;
  const fs::path installed = beside_program(WINDTUNNEL_DATA_FROM_PROGRAM);
  return installed.empty() ? fs::path(WINDTUNNEL_SOURCE_DIR) : installed;
}

fs::path library_path(const fs::path& built) {
  const fs::path installed = beside_program(fs::path(WINDTUNNEL_LIBRARIES_FROM_PROGRAM) / built.filename());
  return installed.empty() ? built : installed;
}

}  // namespace windtunnel
