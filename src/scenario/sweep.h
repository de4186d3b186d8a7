// The `sweep:` block: axes by dotted path, each a list of values or a range, and how often each point is repeated.
//
//     workers: [4, 8, 16]
//     functions.memory: {from: 512 MB, to: 8 GB, steps: 5, scale: log}      # both ends included; scale: linear by default
//     architecture: [spirt, {parameter_server: {checkpoint_every: 5}}]
//
// Range values are rounded to what the setting can hold (whole numbers, whole MB, nanoseconds) and to 12 digits, so that
// they do not hang on a machine's logarithm.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "scenario/load.h"

namespace windtunnel::scenario {

/// Most points that a file may expand to, replications included.
inline constexpr std::int64_t max_points = 10'000;

/// Settings of the block besides its axes.
struct SweepSettings {
  std::int64_t replications = 1;
  void describe(Fields& f);
};

enum class Scale : int { linear, log };

/// Settings of a range besides its ends, whose type is the setting's.
struct RangeSettings {
  std::int64_t steps = 5;  ///< values, ends included
  Scale scale = Scale::linear;
  void describe(Fields& f);
};

struct Axis {
  std::string path;
  Mark key;
  std::vector<Tree> values;  ///< at least one, no two alike
};

struct Sweep {
  std::int64_t replications = 1;
  std::vector<Axis> axes;  ///< in the order written; faulty ones are left out
};

/// Reads the block, with `sweep` as the path in messages.
Sweep read_sweep(const Tree& block, const Shape& shape, Faults& faults);

}  // namespace windtunnel::scenario
