// AI.CONFIG, and the load-time arguments of the server under test.
#pragma once

#include <cstdint>
#include <string>

#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

/// What loadmodule gets.
std::string module_arguments();
constexpr std::int64_t max_tensor_bytes = 1 << 20;

/// The line that puts back what lines before it may have changed.
Line initial_settings();

/// The reply to AI.CONFIG; `database` gets the settings. Throws Refused when it is an error.
std::string configured(const Line& line, Database& database);

}  // namespace windtunnel::tensordb::random
