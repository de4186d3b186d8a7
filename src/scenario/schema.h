// JSON Schema (draft-07) of what a file may hold, for editors: titles, meanings, defaults, ranges, units, names to choose
// from. It accepts a file exactly when the loader finds no structural fault in it, save for what a schema cannot say:
// ranges of quantities with an exponent, names that must differ, and settings that contradict each other or have no effect.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "scenario/load.h"

namespace windtunnel::scenario {

/// The schema of a file whose settings are of `shape`: header, settings, variants and sweep.
nlohmann::ordered_json schema_of(const Shape& shape);

/// Lets text settings of these names hold these words only, wherever they stand.
void restrict_words(nlohmann::ordered_json& schema, const std::map<std::string, std::vector<std::string>, std::less<>>& words);
/// Lets text settings of these names hold texts only that match these expressions.
void restrict_texts(nlohmann::ordered_json& schema, const std::map<std::string, std::string, std::less<>>& patterns);

}  // namespace windtunnel::scenario
