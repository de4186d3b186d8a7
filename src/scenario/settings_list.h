// Every setting as a person looks it up: path, what it may be, its default, meaning and source, from the description of the
// object. The JSON Schema says the same to editors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/load.h"

namespace windtunnel::scenario {

struct SettingInfo {
  std::string path;     ///< `cloud.function.memory`; elements of lists as `faults.crashes.0.at`
  std::string allowed;  ///< "a memory in MB, MiB, GB or GiB, from 128 MB to 10240 MB"; "one of none, quadratic, torch"
  std::string preset;   ///< as a scenario would hold it; empty: unset, or a group of settings
  std::string meaning;
  std::string source;   ///< of the default; empty: our own choice
};

/// Those at or below `prefix`, in the order of the description; all for an empty one. Settings of a choice's members follow
/// the member. Throws InputError with near paths when nothing is there.
std::vector<SettingInfo> settings_of(const Shape& shape, std::string_view prefix);

}  // namespace windtunnel::scenario
