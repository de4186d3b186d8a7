// The module's version, which grows when a command or a stored form changes.
#pragma once

namespace windtunnel::tensordb {

constexpr int version_number = 100;  ///< as Redis shows it in MODULE LIST: 1.0.0 is 10000
constexpr const char* version_text = "0.1.0";
constexpr const char* module_name = "tensordb";

}  // namespace windtunnel::tensordb
