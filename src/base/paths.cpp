#include "base/paths.h"

#include <cstdlib>

namespace windtunnel {

std::filesystem::path home_dir() {
  if (const char* home = std::getenv("WINDTUNNEL_HOME"); home != nullptr && *home != '\0') return home;
  return WINDTUNNEL_SOURCE_DIR;
}

}  // namespace windtunnel
