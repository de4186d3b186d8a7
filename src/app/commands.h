// The commands of the program: each adds itself to the command line with its help, and says what to do when it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "experiment/interrupt.h"

namespace windtunnel::app {

/// What a chosen command does; returns the exit code. Throws Error.
using Action = std::function<int()>;

/// Adds the command to `cli`; sets `action` when the command line names it.
void add_run(CLI::App& cli, Action& action, const experiment::StopFlag& stop);
void add_check(CLI::App& cli, Action& action);
void add_compare(CLI::App& cli, Action& action);
void add_plot(CLI::App& cli, Action& action);
void add_trace(CLI::App& cli, Action& action);
void add_list(CLI::App& cli, Action& action);
void add_store(CLI::App& cli, Action& action, const experiment::StopFlag& stop);
void add_schema(CLI::App& cli, Action& action);
void add_version(CLI::App& cli, Action& action);

/// Columns of the terminal that standard output goes to; 0 when it goes elsewhere, where nothing needs to be left out.
std::size_t output_columns();

/// Writes to standard output. Throws MissingError when that fails (full disk); ends the program when the reader has gone.
void print(const std::string& text);

}  // namespace windtunnel::app
