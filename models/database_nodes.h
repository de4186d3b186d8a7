// The types of nodes that can carry a database, by name (machine_types.h says what each is).
#pragma once

#include <string>
#include <vector>

namespace windtunnel::models {

/// In the order of the price sheet.
std::vector<std::string> database_nodes();

}  // namespace windtunnel::models
