// Settings that do nothing as others stand: what an architecture and the services' settings say of themselves, for the
// scenario's loader, which refuses them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/functions.h"

namespace windtunnel::architectures {

/// A setting that does nothing as the others stand, and why: "the workers are functions".
struct Idle {
  std::string path;  ///< dotted, from the top of the scenario; of a section for all below it; `*` stands for any one component
  std::string why;
};

/// Those of a function whose settings stand at `path`.
std::vector<Idle> idle_settings(const models::FunctionSpec& function, std::string_view path);

}  // namespace windtunnel::architectures
