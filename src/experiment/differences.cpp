#include "experiment/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace windtunnel::experiment {
namespace {

using Json = nlohmann::json;

// "/cloud/function/memory" → "cloud.function.memory".
std::string dotted(std::string pointer) {
  std::replace(pointer.begin(), pointer.end(), '/', '.');
  return pointer.empty() ? pointer : pointer.substr(1);
}

std::string shown(const Json& settings, const std::string& pointer) {
  if (!settings.contains(pointer)) return "not set";
  const Json& value = settings.at(pointer);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void compare(std::vector<std::string>& lines, std::string_view what, const std::string& there, const std::string& here) {
  const auto named = [](const std::string& text) { return text.empty() ? "none" : text; };
  if (there != here) lines.push_back(fmt::format("{}: {} there, {} here", what, named(there), named(here)));
}

// The settings that name the data files.
Json dataset_of(const RunIdentity& run) {
  const Json settings = Json::parse(run.scenario_json);
  if (!settings.contains("learning")) return nullptr;
  for (const auto& [ignored, learning] : settings.at("learning").items()) {
    if (learning.contains("dataset")) return learning.at("dataset");
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> hidden_differences(const RunIdentity& there, const RunIdentity& here) {
  std::vector<std::string> lines;
  if (there.price_sheet == here.price_sheet) {
    compare(lines, fmt::format("what price sheet {} says", here.price_sheet), there.price_sheet_hash, here.price_sheet_hash);
  }
  if (there.data_hash != here.data_hash && dataset_of(there) == dataset_of(here)) {
    compare(lines, "content of the data files", there.data_hash, here.data_hash);
  }
  compare(lines, "sources of the program", there.program_build, here.program_build);
  return lines;
}

std::vector<std::string> differences(const RunIdentity& there, const RunIdentity& here) {
  std::vector<std::string> lines;
  if (there.scenario_hash != here.scenario_hash) {
    const Json old = Json::parse(there.scenario_json).flatten(), now = Json::parse(here.scenario_json).flatten();
    std::set<std::string> paths;
    for (const Json* settings : {&old, &now}) {
      for (const auto& [path, ignored] : settings->items()) paths.insert(path);
    }
    for (const std::string& path : paths) {
      const std::string before = shown(old, path), after = shown(now, path);
      compare(lines, dotted(path), before, after);
    }
    if (lines.empty()) lines.emplace_back("a setting that results do not show (a password)");
  }
  const std::vector<std::string> hidden = hidden_differences(there, here);
  lines.insert(lines.end(), hidden.begin(), hidden.end());
  return lines;
}

}  // namespace windtunnel::experiment
