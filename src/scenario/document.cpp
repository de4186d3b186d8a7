#include "scenario/document.h"

#include <fmt/format.h>

#include "scenario/checks.h"
#include "scenario/dump.h"
#include "scenario/effects.h"
#include "scenario/schema.h"
#include "scenario/tree.h"
#include "sim/fingerprint.h"

namespace windtunnel::scenario {
namespace {

// The points of one combination: the same settings under one seed per replication.
void add_points(Document& document, const Combination& combination, const Scenario& scenario) {
  Point point{.variant = combination.variant, .axes = combination.axes, .scenario = scenario};
  point.canonical_json = canonical_json(scenario);
  point.hash = fmt::format("{:016x}", sim::hash_of(point.canonical_json));
  for (int replication = 0; replication < document.replications; ++replication) {
    point.replication = replication;
    point.seed = replication_seed(static_cast<std::uint64_t>(scenario.seed), replication);
    document.points.push_back(point);
  }
}

Document document_of(std::shared_ptr<const Source> source, std::string stem, std::span<const Setting> settings) {
  Document document;
  document.file = source->name();
  Faults faults;
  const std::optional<Tree> tree = parse(source, faults);
  if (!tree) faults.throw_if_any();
  Expansion expansion = expand(*tree, shape_of<Scenario>(), settings, faults);
  document.name = expansion.header.name.empty() ? std::move(stem) : std::move(expansion.header.name);
  document.description = std::move(expansion.header.description);
  document.variants = std::move(expansion.variants);
  document.axes = std::move(expansion.axes);
  document.replications = static_cast<int>(expansion.replications);

  const Mark top{source, 1, 1};
  Checker checker;
  EffectCheck effects;
  for (const Combination& combination : expansion.combinations) {
    Scenario scenario;
    Places places;
    Faults own;
    load(combination.settings, scenario, own, places);
    if (own.empty()) {  // what follows relies on settings in their ranges
      checker.check_scenario(scenario, places, top, own);
      effects.point(scenario, places);
    }
    for (const Fault& fault : own.list()) faults.add(fault);
    if (faults.empty()) add_points(document, combination, scenario);
  }
  effects.report(faults);
  faults.throw_if_any();
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

std::string json_schema() { return schema_of(shape_of<Scenario>()).dump(2) + "\n"; }

std::uint64_t replication_seed(std::uint64_t scenario_seed, int replication) {
  if (replication == 0) return scenario_seed;
  sim::Fingerprint mixed;
  mixed.add(scenario_seed);
  mixed.add(replication);
  return mixed.value() >> 1;
}

}  // namespace windtunnel::scenario
