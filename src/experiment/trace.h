// The spans of a run as a Chrome trace (JSON), for ui.perfetto.dev or chrome://tracing.
// One process per actor; spans of one actor that overlap (parallel functions) are spread over as many threads as needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>

namespace windtunnel::experiment {

/// Writes the trace of run `run_id` of a results file to `out`; without an id, of the only run that has spans. Memory
/// does not grow with the number of spans. InputError when there is no such run (the known ones are named), when it was
/// stored without spans, or when several runs could be meant; RunError when `out` fails.
void write_trace(const std::filesystem::path& file, std::optional<std::int64_t> run_id, std::ostream& out);

}  // namespace windtunnel::experiment
