#include "experiment/identity.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "aggregation/rules.h"
#include "architectures/architecture.h"
#include "base/build.h"
#include "base/error.h"
#include "base/version.h"
#include "store/address.h"

namespace windtunnel::experiment {
namespace {

using namespace nlohmann::literals;
using scenario::Document;
using scenario::Point;
using scenario::Scenario;

std::string hash_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  sim::Fingerprint content;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0) {
    content.add(std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(stream.gcount()))));
  }
  if (!stream.eof()) throw MissingError(fmt::format("{}: cannot be read", file.string()));
  return content.hex();
}

/// The scenario as it may be kept: what a results file holds is shown around, so a password in the store's URL is not.
std::string without_secrets(const Point& point) {
  const store::RedisSettings* redis = point.scenario.store->redis();
  if (redis == nullptr || !redis->url) return point.canonical_json;
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(point.canonical_json);
  json.at("/store/redis/url"_json_pointer) = store::without_password(*redis->url);
  return json.dump();
}

}  // namespace

std::string point_label(const Point& point) {
  std::string label;
  for (const auto& axis : point.axes) label += fmt::format("{}{}={}", label.empty() ? "" : ", ", axis.path, axis.value);
  return label;
}

DataFiles::Stamp DataFiles::stamp_of(const std::filesystem::path& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

std::string DataFiles::hash(const std::vector<std::filesystem::path>& files) {
  if (files.empty()) return "";
  sim::Fingerprint all;
  for (const std::filesystem::path& file : files) {
    const auto [entry, is_new] = known_.try_emplace(file);
    if (is_new) {
      entry->second.stamp = stamp_of(file);  // before the reading, so that what is written meanwhile is found
      entry->second.hash = hash_of_file(file);
    }
    all.add(std::string_view(entry->second.hash));
  }
  return all.hex();
}

void DataFiles::require_unchanged(const std::vector<std::filesystem::path>& files) const {
  for (const std::filesystem::path& file : files) {
    const auto known = known_.find(file);
    if (known == known_.end() || known->second.stamp == stamp_of(file)) continue;
    throw InputError(fmt::format("{}: was changed while runs of it were under way; finished ones are kept, and are of the old data: "
                                 "put it back, or run all again with --force",
                                 file.string()));
  }
}

RunIdentity Identities::of(const Document& document, const Point& point) {
  const Scenario& s = point.scenario;
  const architectures::Uses uses = s.architecture->uses(s.job);

  RunIdentity run;
  run.replication = point.replication;
  run.scenario = document.name;
  run.variant = point.variant;
  run.point_label = point_label(point);
  for (const auto& axis : point.axes) run.sweep_values.push_back({axis.path, axis.value});
  run.architecture = s.architecture.selected();
  run.rule = uses.rule ? aggregation::steps_of(*uses.rule) : "";
  run.attack = s.adversary.who.any() ? s.adversary.attack.selected() : "none";
  run.seed = point.seed;
  run.scenario_hash = point.hash;
  run.scenario_json = without_secrets(point);
  run.price_sheet = s.cloud.prices;
  run.price_sheet_hash = s.sheet->hash;
  run.data_hash = data_.hash(s.learning->data_files());
  run.program_version = std::string(version);
  run.program_build = std::string(build_hash());
  run.reproducible = s.job.timing == architectures::Timing::modelled;
  return run;
}

}  // namespace windtunnel::experiment
