// What `list` tells of rules and attacks beyond their names: settings, preconditions and sources. All of it is asked of the
// members themselves.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/attack.h"
#include "aggregation/rule.h"
#include "base/fields.h"

namespace windtunnel::app {

/// An entry of a list, with lines below it for people and members of its own for programs.
struct Listed {
  std::string name, summary;
  std::vector<std::string> details{};
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

std::vector<Listed> listed_rules();
std::vector<Listed> listed_attacks();

}  // namespace windtunnel::app
