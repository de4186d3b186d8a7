// A file's tree taken apart (header, variants, sweep, base) and put together again: one tree per combination of a variant
// and a value of each axis, in the order of the file, the last axis running fastest. Knows the settings by their
// description only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/fields.h"
#include "scenario/load.h"
#include "scenario/sweep.h"

namespace windtunnel::scenario {

/// One `--set PATH=VALUE` of the command line, as given.
using Setting = std::string;

struct AxisValue {
  std::string path;
  std::string value;  ///< as YAML on one line: `512 MB`, `{parameter_server: {checkpoint_every: 5}}`
};

/// What a file says about itself.
struct Header {
  std::string name;
  std::string description;
  void describe(Fields& f);
};

/// What a variant says about itself, besides the settings that it overrides.
struct VariantHeader {
  std::string name;
  std::string description;
  void describe(Fields& f);
};

struct Combination {
  std::string variant;  ///< empty when the file has none
  std::vector<AxisValue> axes;
  Tree settings;
};

struct Expansion {
  Header header;
  std::vector<std::string> variants;
  std::vector<std::string> axes;
  std::int64_t replications = 1;
};

/// Is handed each combination in turn; there may be more of them than memory holds at once.
using Visitor = std::function<void(Combination)>;

/// Expands a file of settings of `shape`. The combinations' trees are not loaded here (their faults come when they are),
/// except for the base and each variant, which are checked by themselves: axes and `--set` may hide what is wrong in them. There is no combination
/// when there would be too many.
Expansion expand(const Tree& file, const Shape& shape, std::span<const Setting> settings, Faults& faults,
                 const Visitor& visit);

}  // namespace windtunnel::scenario
