// Checks of option values that CLI11 does not make: it reads 010 as 8, 0x10 as 16, -1 as a huge number, and nothing as absent.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace windtunnel::app {

/// A whole number in decimal digits, as in a scenario, in that range.
CLI::Validator whole_number(std::int64_t min, std::int64_t max);

/// A number in decimal notation, in that range.
CLI::Validator real_number(double min, double max);

/// Refuses options with an empty value in all commands of `cli`.
void refuse_empty_values(CLI::App& cli);

}  // namespace windtunnel::app
