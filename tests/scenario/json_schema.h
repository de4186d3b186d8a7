// A validator for the part of JSON Schema draft-07 that the scenario's schema uses, so that tests need no other program.
// An unknown keyword is a broken invariant: the schema must not rely on what is not checked here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scenario/tree.h"

namespace windtunnel::scenario {

/// What is wrong with `instance`, as "/path: what"; empty when it is valid.
std::vector<std::string> violations(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& instance);

/// A tree as an editor sees it: plain scalars become numbers, booleans or null as YAML 1.2's core schema says.
nlohmann::ordered_json to_json(const Tree& tree);

}  // namespace windtunnel::scenario
