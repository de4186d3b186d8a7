// Scenario files of the program's own settings: points, seeds, hashes, the dump, effects, and the files that ship.
// What is refused is mostly the table of scenarios/invalid (invalid_test.cpp).
#include "scenario/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/paths.h"
#include "json_schema.h"
#include "scenario/dump.h"
#include "scenario/effects.h"
#include "scenario/paths.h"
#include "scenario/schema.h"

namespace windtunnel::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Document document(const std::string& text, std::vector<Setting> settings = {}) { return load_document_text("t.yaml", text, settings); }

std::vector<std::string> faults_of(const std::string& text, std::vector<Setting> settings = {}) {
  try {
    document(text, settings);
    return {};
  } catch (const Faulty& e) {
    std::vector<std::string> all;
    for (const Fault& fault : e.faults()) all.push_back(headline(fault));
    return all;
  }
}

TEST(Document, OnePointWithoutVariantsAndSweep) {
  const Document d = document("workers: 3\nseed: 5\n");
  EXPECT_EQ(d.name, "t") << "the file's name without its ending";
  ASSERT_THAT(d.points, SizeIs(1));
  EXPECT_EQ(d.points[0].seed, 5U);
  EXPECT_EQ(d.points[0].scenario.job.workers, 3);
  EXPECT_EQ(d.points[0].variant, "");
  EXPECT_THAT(d.points[0].hash, SizeIs(16));
}

TEST(Document, PointsByVariantThenAxesThenReplication) {
  const Document d = document(R"(
name: ordered
seed: 3
variants: [{name: a}, {name: b, rounds: 7}]
sweep: {replications: 2, axes: {workers: [1, 2]}}
)");
  ASSERT_THAT(d.points, SizeIs(8));
  std::vector<std::string> labels;
  for (const Point& p : d.points) labels.push_back(p.variant + p.axes[0].value + "#" + std::to_string(p.replication));
  EXPECT_THAT(labels, ElementsAre("a1#0", "a1#1", "a2#0", "a2#1", "b1#0", "b1#1", "b2#0", "b2#1"));
  EXPECT_EQ(d.points[7].scenario.job.rounds, 7);
  EXPECT_EQ(d.replications, 2);
  EXPECT_THAT(d.variants, ElementsAre("a", "b"));
}

TEST(Document, ReplicationsShareRandomNumbersAcrossPoints) {
  const Document d = document("seed: 3\nsweep: {replications: 3, axes: {workers: [1, 2]}}");
  std::set<std::uint64_t> seeds;
  for (const Point& p : d.points) {
    EXPECT_EQ(p.seed, replication_seed(3, p.replication));
    EXPECT_LT(p.seed, std::uint64_t{1} << 63);
    seeds.insert(p.seed);
  }
  EXPECT_THAT(seeds, SizeIs(3));
  EXPECT_EQ(replication_seed(3, 0), 3U);
  EXPECT_NE(replication_seed(3, 1), replication_seed(4, 1));
  EXPECT_EQ(document("seed: 3", {"seed=9"}).points[0].seed, 9U);
}

TEST(Document, HashesTellSettingsApartAndNotReplications) {
  const Document d = document("sweep: {replications: 2, axes: {workers: [1, 2]}}");
  EXPECT_EQ(d.points[0].hash, d.points[1].hash);
  EXPECT_NE(d.points[0].hash, d.points[2].hash);
  EXPECT_EQ(document("workers: 2").points[0].hash, d.points[2].hash);
  EXPECT_EQ(document("name: other\ndescription: text").points[0].hash, document("workers: 4").points[0].hash);
}

TEST(Document, TheDumpIsAScenarioOfTheSamePoint) {
  for (const char* text : {"{}", "learning: {torch: {network: lenet5}}\narchitecture: {parameter_server: {rule: {trimmed_mean: {f: 1}}}}\n",
                           "learning: quadratic\nadversary: {byzantine: [1], attack: gaussian}\nfaults: {stragglers: [{worker: 2}]}\n"}) {
    const Point point = document(text).points[0];
    Faults faults;
    Places places;
    Scenario again;
    load(*parse(make_source("dump", point.canonical_json), faults), again, faults, places);
    EXPECT_THAT(faults.list(), IsEmpty()) << point.canonical_json;
    EXPECT_EQ(canonical_json(again), point.canonical_json);
  }
}

TEST(Document, ScenariosThatShipAreFineByLoaderAndSchema) {
  const auto schema = nlohmann::ordered_json::parse(json_schema());
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(home_dir() / "scenarios")) {
    const std::string folder = entry.path().parent_path().filename().string();
    if (entry.path().extension() != ".yaml" || folder == "invalid" || folder == "prices") continue;
    ++files;
    EXPECT_NO_THROW(EXPECT_FALSE(load_document(entry.path()).points.empty())) << entry.path();
    Faults faults;
    const auto tree = parse(read_source(entry.path()), faults);
    ASSERT_TRUE(tree.has_value());
    EXPECT_THAT(violations(schema, to_json(*tree)), IsEmpty()) << entry.path();
  }
  EXPECT_GE(files, 2);
}

TEST(Document, SchemaIsOfTheProgramsSettings) {
  const auto schema = nlohmann::json::parse(json_schema());
  for (const char* name : {"workers", "architecture", "learning", "cloud", "variants", "sweep", "name"}) {
    EXPECT_TRUE(schema["properties"].contains(name)) << name;
  }
}

TEST(Document, SharesOfByzantineWorkersAreAnAxisFromNobody) {
  const Document document = load_document_text("t", "workers: 10\nlearning: quadratic\nadversary: {attack: sign_flip}\n"
                                                    "sweep: {axes: {adversary.byzantine: {from: 0 %, to: 40 %, steps: 3}}}\n");
  ASSERT_EQ(document.points.size(), 3U);
  std::vector<std::string> shares, labels;
  for (const Point& point : document.points) {
    shares.push_back(nlohmann::json::parse(point.canonical_json)["adversary"]["byzantine"].dump());
    labels.push_back(point.axes[0].value);
  }
  EXPECT_THAT(shares, ::testing::ElementsAre("[]", "\"20 %\"", "\"40 %\""));
  EXPECT_THAT(labels, ::testing::ElementsAre("0 %", "20 %", "40 %"));
}

TEST(Effects, RulesNameSettingsThatExist) {
  const std::vector<std::string> all = all_paths(shape_of<Scenario>());
  for (const Effect& effect : effects()) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const std::string& path) { return matches(path, effect.path); });
    EXPECT_TRUE(known) << effect.path;
  }
}

TEST(Effects, EachRuleHoldsOfSomeScenarioAndNotOfAnother) {
  const auto scenarios = [] {
    std::vector<Scenario> all;
    for (const char* text :
         {"learning: none\nworkers: 1", "learning: quadratic", "learning: torch\nadversary: {byzantine: [0], attack: sign_flip}",
          "architecture: {centralized: {machine: g4dn.xlarge}}", "architecture: {parameter_server: {worker: machine}}",
          "cloud: {function: {cold_start: {package: image}}, network: {functions_per_server: 10}}",
          "architecture: {parameter_server: {synchronization: asynchronous}}",
          "architecture: {centralized: {machine: t2.medium}}\ncloud: {provisioning: before_start}",
          "cloud: {functions: {throttle: wait}, workflow: {kind: express}}",
          "cloud: {database: {persistent: true}}\nfaults: {crashes: [{target: worker, index: 0, at: 1 s}]}"}) {
      all.push_back(document(text).points[0].scenario);
    }
    // What cannot be loaded, because the rules under test refuse it.
    Scenario odd;
    odd.job.timing = architectures::Timing::measured;
    odd.store.select("redis");
    odd.adversary.attack.select("sign_flip");
    all.push_back(odd);
    return all;
  }();
  for (const Effect& effect : effects()) {
    bool yes = false, no = false;
    for (const Scenario& s : scenarios) (effect.why_not(s).empty() ? yes : no) = true;
    // No file is read where nothing is learnt, whatever else is set.
    EXPECT_TRUE(yes || effect.path == "learning.none.dataset.*.path") << effect.path << " never has an effect";
    EXPECT_TRUE(no) << effect.path << " always has an effect";
  }
}

TEST(Effects, ABaseSettingNeedsOnePointAVariantOneOfItsOwnAnAxisAll) {
  const std::string variants = "variants: [{name: a, learning: none}, {name: b, learning: quadratic}]\n";
  EXPECT_THAT(faults_of(variants + "evaluate_every: 5\n"), IsEmpty());
  EXPECT_THAT(faults_of("evaluate_every: 5\n"), ElementsAre(HasSubstr("t.yaml:1:1: evaluate_every: has no effect: learning is none")));
  EXPECT_THAT(faults_of(variants, {"evaluate_every=5"}), IsEmpty());
  EXPECT_THAT(faults_of("seed: 1", {"evaluate_every=5"}), ElementsAre(HasSubstr("--set:1:1: evaluate_every: has no effect")));
  EXPECT_THAT(faults_of("variants: [{name: a, evaluate_every: 5}, {name: b, learning: quadratic}]"),
              ElementsAre(HasSubstr("t.yaml:1:22: evaluate_every: has no effect")));
  EXPECT_THAT(faults_of("variants: [{name: a, evaluate_every: 5}]\nsweep: {axes: {learning: [none, quadratic]}}"), IsEmpty());
  EXPECT_THAT(faults_of("sweep: {axes: {learning: [none, quadratic], evaluate_every: [5, 6]}}"),
              ElementsAre(HasSubstr("t.yaml:1:45: evaluate_every: has no effect: learning is none")));
}

TEST(Effects, Patterns) {
  EXPECT_TRUE(matches("a.b.c", "a.*.c"));
  EXPECT_TRUE(matches("a", "a"));
  EXPECT_FALSE(matches("a.b", "a"));
  EXPECT_FALSE(matches("a.b.d", "a.*.c"));
}

TEST(Document, FaultsOfManyPointsAreReportedOnce) {
  const std::vector<std::string> faults = faults_of(
      "architecture: {spirt: {rule: {krum: {f: 1}}}}\nsweep: {replications: 5, axes: {rounds: [1, 2, 3], workers: [4, 5]}}");
  EXPECT_THAT(faults, ElementsAre("t.yaml:1:30: architecture.spirt.rule: krum with f = 1 needs at least 5 updates; there are 4 workers"));
}

TEST(Document, MissingFilesAreBadInput) {
  try {
    load_document("/nowhere/at/all.yaml");
    FAIL();
  } catch (const InputError& e) {
    EXPECT_EQ(e.exit_code(), 2);
    EXPECT_STREQ(e.what(), "/nowhere/at/all.yaml: no such file");
  }
}

}  // namespace
}  // namespace windtunnel::scenario
