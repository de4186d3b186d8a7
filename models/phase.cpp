#include "models/phase.h"

#include <array>

#include "base/error.h"

namespace windtunnel::models {

std::string_view name(Phase phase) {
  static constexpr std::array<std::string_view, phases> names{
      "boot",      "cold_start", "invoke",  "queued",    "ready",   "transition", "authenticate", "fetch",
      "compute",   "encode",     "store",   "average",   "heartbeat", "barrier",  "aggregate",    "update",
      "evaluate",  "converge",   "trigger", "checkpoint", "restore", "rent",      "idle"};
  static_assert(names.back() == "idle", "one word per phase");
  const auto index = static_cast<std::size_t>(phase);
  check(index < names.size(), "name: a phase");
  return names[index];
}

}  // namespace windtunnel::models
