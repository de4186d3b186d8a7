// A scenario file, whole: a base, named variants that override parts of it, and a sweep over axes; expanded into the
// list of points that a run executes, in an order that depends on the file alone.
//
//     name: memory_sweep
//     seed: 7
//     learning: none                      # the base: any setting of Scenario
//     variants:                           # optional; each is a run of its own
//       - {name: spirt, architecture: spirt}
//       - {name: server, architecture: {parameter_server: {checkpoint_every: 5}}}
//     sweep:                              # optional
//       replications: 10                  # default 1
//       axes:                             # by dotted path; their cartesian product, the last axis running fastest
//         cloud.function.memory: [512 MB, 1769 MB]
//         workers: {from: 2, to: 64, steps: 6, scale: log}      # scale: linear by default
//         architecture: [spirt, {parameter_server: {checkpoint_every: 5}}]
//
// Overriding: maps merge deeply; naming another choice replaces what was chosen with all its settings, naming the same
// one keeps them; scalars and lists replace. Base, then variant, then axes, then `--set`: the last word wins.
// `--set PATH=VALUE` applies to every point in which PATH exists (`architecture.spirt.rule=krum` leaves points of another
// architecture alone), and is refused when there is none or when it overwrites what an axis varies. `--set
// sweep.replications=3` and `--set 'sweep.axes={workers: [4, 8]}'` change the sweep itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/expand.h"
#include "scenario/scenario.h"
#include "scenario/settings_list.h"

namespace windtunnel::scenario {

/// One run.
struct Point {
  std::string variant;            ///< name of the variant; empty when the file has none
  std::vector<AxisValue> axes;    ///< in the order of the file; empty without a sweep
  int replication = 0;            ///< from 0
  std::uint64_t seed = 0;         ///< below 2^63; of replication 0: the scenario's own. Points of one replication share it
  Scenario scenario;              ///< its seed is the one written in the file
  std::string canonical_json;     ///< every setting with its value, defaults included; itself a valid scenario
  std::string hash;               ///< of canonical_json, 16 hex digits; equal for the replications of a point
};

struct Document {
  std::string file;                    ///< as given
  std::string name;                    ///< of the scenario: `name:`, else the file's name without its ending
  std::string description;
  std::vector<std::string> variants;   ///< names in the order of the file; empty when there are none
  std::vector<std::string> axes;       ///< paths in the order of the file
  int replications = 1;
  std::vector<Point> points;           ///< by variant, then axes (the last runs fastest), then replication; never empty
};

/// Reads and expands a file. Throws InputError (usually Faulty, with every fault of every point).
Document load_document(const std::filesystem::path& file, std::span<const Setting> settings = {});

/// The same for a text, called `name` in messages.
Document load_document_text(std::string name, std::string text, std::span<const Setting> settings = {});

/// What `windtunnel list settings` prints (settings_list.h).
std::vector<SettingInfo> all_settings(std::string_view prefix);

/// What `windtunnel schema` prints: the JSON Schema of a scenario file.
std::string json_schema();

/// Seed of a replication: the scenario's seed for 0, else a hash of both; below 2^63.
std::uint64_t replication_seed(std::uint64_t scenario_seed, int replication);

}  // namespace windtunnel::scenario
