#include "scenario/document.h"

#include <fmt/format.h>

#include "models/database_nodes.h"
#include "models/machine_types.h"
#include "scenario/checks.h"
#include "scenario/dump.h"
#include "scenario/effects.h"
#include "scenario/schema.h"
#include "scenario/tree.h"
#include "sim/fingerprint.h"

namespace windtunnel::scenario {
namespace {

// Loads, checks and keeps each combination of a file as the first of its points.
class Points {
 public:
  Points(Mark top, Faults& faults) : top_(std::move(top)), faults_(faults) {}

  void add(Combination combination) {
    Point point;
    point.variant = std::move(combination.variant);
    point.axes = std::move(combination.axes);
    Places places;
    Faults own;
    load(combination.settings, point.scenario, own, places);
    // Paths of a file count from where it is, those of the command line from where we are.
    const auto prices = places.find("cloud.prices");
    const bool ours = prices != places.end() && prices->second.layer == Layer::command_line;
    if (!ours) point.scenario.folder = std::filesystem::path(top_.source->name()).parent_path();
    if (own.empty()) {  // what follows relies on settings in their ranges
      checker_.check_scenario(point.scenario, places, top_, own);
      effects_.point(point.scenario, places);
    }
    for (const Fault& fault : own.list()) faults_.add(fault);
    if (!faults_.empty()) return;
    point.scenario.sheet = checker_.sheet(point.scenario);
    point.canonical_json = canonical_json(point.scenario);
    point.hash = fmt::format("{:016x}", sim::hash_of(point.canonical_json));
    firsts_.push_back(std::move(point));
  }

  // What is wrong with all points together.
  void finish() const { effects_.report(faults_); }

  // Every point, once per replication.
  std::vector<Point> replicated(int replications) const {
    std::vector<Point> all;
    all.reserve(firsts_.size() * static_cast<std::size_t>(replications));
    for (const Point& first : firsts_) {
      for (int replication = 0; replication < replications; ++replication) {
        all.push_back(first);
        all.back().replication = replication;
        all.back().seed = replication_seed(static_cast<std::uint64_t>(first.scenario.seed), replication);
      }
    }
    return all;
  }

 private:
  Mark top_;
  Faults& faults_;
  Checker checker_;
  EffectCheck effects_;
  std::vector<Point> firsts_;
};

Document document_of(std::shared_ptr<const Source> source, std::string stem, std::span<const Setting> settings) {
  Faults faults;
  const std::optional<Tree> tree = parse(source, faults);
  if (!tree) faults.throw_if_any();
  Points points({source, 1, 1}, faults);
  Expansion expansion = expand(*tree, shape_of<Scenario>(), settings, faults,
                               [&](Combination combination) { points.add(std::move(combination)); });
  points.finish();
  faults.throw_if_any();

  Document document;
  document.file = source->name();
  document.name = expansion.header.name.empty() ? std::move(stem) : std::move(expansion.header.name);
  document.description = std::move(expansion.header.description);
  document.variants = std::move(expansion.variants);
  document.axes = std::move(expansion.axes);
  document.replications = static_cast<int>(expansion.replications);
  document.points = points.replicated(document.replications);
  return document;
}

}  // namespace

Document load_document(const std::filesystem::path& file, std::span<const Setting> settings) {
  return document_of(read_source(file), file.stem().string(), settings);
}

Document load_document_text(std::string name, std::string text, std::span<const Setting> settings) {
  std::string stem = std::filesystem::path(name).stem().string();
  return document_of(make_source(std::move(name), std::move(text)), std::move(stem), settings);
}

std::vector<SettingInfo> all_settings(std::string_view prefix) { return settings_of(shape_of<Scenario>(), prefix); }

std::string json_schema() {
  nlohmann::ordered_json schema = schema_of(shape_of<Scenario>());
  std::vector<std::string> machines;
  for (const models::MachineType& type : models::machine_types()) machines.emplace_back(type.name);
  restrict_words(schema, {{"machine", machines}, {"worker_machine", machines}, {"node", models::database_nodes()}});
  restrict_texts(schema, {{"url", "^(redis|unix)://."}});  // what follows is the store's to judge
  // A sheet may also be a file of one's own, so these are no limit.
  schema["definitions"]["cloud"]["properties"]["prices"]["examples"] = models::PriceSheet::names();
  return schema.dump(2) + "\n";
}

std::uint64_t replication_seed(std::uint64_t scenario_seed, int replication) {
  if (replication == 0) return scenario_seed;
  sim::Fingerprint mixed;
  mixed.add(scenario_seed);
  mixed.add(replication);
  return mixed.value() >> 1;
}

}  // namespace windtunnel::scenario
