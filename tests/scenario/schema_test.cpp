// Holds the schema and the loader together on the sample settings: every setting is in both, and a file is valid by the
// schema exactly when the loader finds nothing wrong with its structure. Files of the program's own settings are
// document_test.cpp's and invalid_test.cpp's.
#include "scenario/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "helpers.h"
#include "json_schema.h"
#include "scenario/collect.h"
#include "scenario/dump.h"
#include "scenario/paths.h"
#include "scenario/settings_list.h"

namespace windtunnel::scenario {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Json& schema() {
  static const Json made = schema_of(sample_shape());
  return made;
}

bool loads(const std::string& text) {
  Faults faults;
  const auto tree = parse(make_source("t", text), faults);
  if (!tree) return false;
  expand(*tree, sample_shape(), {}, faults, [&](const Combination& c) {
    sample::Settings object;
    Places places;
    load(c.settings, object, faults, places);
  });
  return faults.empty();
}

std::vector<std::string> refused(const std::string& text) { return violations(schema(), to_json(tree_of(text))); }

void same_fields(std::vector<Field> fields, const Json& properties, const std::string& where);

void same_field(Field& field, Json schema_of_it, const std::string& where) {
  if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) {
    same_fields(fields_of(**section), schema_of_it["properties"], where);
  } else if (auto* list = std::get_if<std::unique_ptr<Repeatable>>(&field.target)) {
    (*list)->resize(1);
    same_fields(fields_of(**list, 0), schema_of_it["items"]["properties"], where);
  } else if (auto* choice = std::get_if<Choosable*>(&field.target)) {
    const auto names = (*choice)->names();
    ASSERT_EQ(schema_of_it["oneOf"].size(), names.size() + 1) << where;
    const Json& members = schema_of_it["oneOf"].back()["properties"];
    ASSERT_EQ(members.size(), names.size()) << where;
    for (const auto& each : names) {
      (*choice)->select(each.name);
      ASSERT_TRUE(members.contains(std::string(each.name))) << where;
      same_fields(fields_of(**choice), members[std::string(each.name)]["properties"], where + "." + std::string(each.name));
    }
  }
}

void same_fields(std::vector<Field> fields, const Json& properties, const std::string& where) {
  EXPECT_EQ(fields.size(), properties.size()) << where;
  for (Field& field : fields) {
    const std::string name(field.name);
    ASSERT_TRUE(properties.contains(name)) << where << "." << name;
    Json part = properties[name];
    if (part.contains("$ref")) part = schema()["definitions"][name];
    EXPECT_THAT(part["description"].get<std::string>(), HasSubstr(std::string(field.doc))) << where << "." << name;
    same_field(field, part, where + "." + name);
  }
}

TEST(Schema, HasEachSettingThatTheLoaderKnowsAndNoOther) {
  sample::Settings settings;
  Json properties = schema()["properties"];
  for (const char* key : {"name", "description", "variants", "sweep"}) {
    EXPECT_TRUE(properties.contains(key));
    properties.erase(key);
  }
  same_fields(fields_of(settings), properties, "");
}

TEST(Schema, SaysRangesUnitsDefaultsAndSources) {
  const Json& definitions = schema()["definitions"];
  EXPECT_EQ(definitions["workers"]["minimum"], 1);
  EXPECT_EQ(definitions["workers"]["maximum"], 1000);
  EXPECT_EQ(definitions["workers"]["default"], 4);
  EXPECT_EQ(definitions["workers"]["type"], "integer");
  EXPECT_EQ(definitions["mode"]["enum"], Json({"slow", "fast"}));
  EXPECT_EQ(definitions["plan"]["default"], "together");
  const Json& memory = definitions["platform"]["properties"]["memory"];
  EXPECT_EQ(memory["default"], "1769 MB");
  EXPECT_THAT(memory["description"].get<std::string>(), HasSubstr("memory of a function (from 128 MB to 10240 MB) [facts 5]"));
  EXPECT_THAT(memory["pattern"].get<std::string>(), HasSubstr("MB|MiB|GB|GiB"));
  EXPECT_FALSE(definitions["limit"].contains("default")) << "unset by default";
}

TEST(SettingsList, SaysWhatEachMayBe) {
  const std::vector<SettingInfo> memory = settings_of(sample_shape(), "platform.memory");
  ASSERT_EQ(memory.size(), 1U);
  EXPECT_EQ(memory[0].allowed, "a memory in MB, MiB, GB or GiB, from 128 MB to 10240 MB");
  EXPECT_EQ(memory[0].preset, "1769 MB");
  EXPECT_EQ(memory[0].meaning, "memory of a function");
  EXPECT_EQ(memory[0].source, "facts 5");
  EXPECT_EQ(settings_of(sample_shape(), "mode")[0].allowed, "one of slow, fast");
  EXPECT_EQ(settings_of(sample_shape(), "plan")[0].preset, "together");
  EXPECT_THROW(settings_of(sample_shape(), "platform.memry"), InputError);
}

TEST(SettingsList, HasEveryPathThatAnAxisKnows) {
  std::vector<std::string> listed;
  for (const SettingInfo& setting : settings_of(sample_shape(), "")) listed.push_back(setting.path);
  for (const std::string& path : all_paths(sample_shape())) EXPECT_THAT(listed, ::testing::Contains(path));
}

TEST(Schema, RefusesQuantitiesBelowZeroAndOddNames) {
  EXPECT_THAT(refused("deadline: -5 s"), Not(IsEmpty()));
  EXPECT_THAT(refused("name: ../up"), Not(IsEmpty()));
  EXPECT_THAT(refused("variants: [{name: \" a\"}]"), Not(IsEmpty()));
  EXPECT_THAT(refused("variants: [{name: \"a\\tb\"}]"), Not(IsEmpty()));
  EXPECT_THAT(refused("variants: [{name: ok with spaces, workers: 2}]"), IsEmpty());
  EXPECT_THAT(refused("sweep: {axes: {platform.memory: {from: 1 GB, to: 2}}}"), Not(IsEmpty()));
  EXPECT_THAT(refused("sweep: {axes: {plan: {from: alone, to: together}}}"), Not(IsEmpty()));
  EXPECT_THAT(refused("sweep: {axes: {platform.memory: {from: 1 GB, to: 2 GB}}}"), IsEmpty());
}

TEST(Schema, AgreesWithTheLoader) {
  const std::vector<std::string> good{
      "seed: 1", "workers: 1e2", "momentum: .5", "momentum: 1", "verbose: true", "mode: fast", "limit: null", "limit: 3",
      "deadline: 5 s", "deadline: \"5 s\"", "deadline: 1.5e1 ms", "cap: 3 KiB", "url: text", "url: \"5\"", "liars: []", "liars: [1, 2]", "some: []", "some: [0, 3]",
      "some: 20 %", "some: 20%", "some: \"12.5 %\"", "some: 100 %", "some: 0 %", "sweep: {axes: {some: [10 %, [0, 1]]}}",
      "sweep: {axes: {some: {from: 0 %, to: 40 %, steps: 3}}}",
      "platform: {memory: 1 GB, budget: 3 USD}", "platform:", "plan: alone", "plan: {alone: null}", "plan: {together: {rule: {krum: {f: 2}}}}",
      "faults: [{at: 1 s, rule: mean}, {}]", "name: x", "variants: [{name: a, workers: 2}, {name: b, description: text}]",
      "sweep: {replications: 3}", "sweep: {axes: {workers: [1, 2]}}", "sweep: {axes: {workers: {from: 1, to: 4, steps: 2, scale: log}}}",
      "sweep: {axes: {platform.memory: [1 GB, 512 MB], plan: [alone, {together: {}}]}}", "faults: [{}]\nsweep: {axes: {faults.0.at: [1 s]}}",
      "{}"};
  for (const std::string& text : good) {
    EXPECT_TRUE(loads(text)) << text;
    EXPECT_THAT(refused(text), IsEmpty()) << text;
  }
  const std::vector<std::string> bad{
      "worker: 1", "workers: 0", "workers: 4.5", "workers: four", "workers: \"4\"", "workers: [4]", "workers:", "momentum: 2", "momentum: .nan",
      "verbose: yes", "verbose: 1", "mode: medium", "limit: 0", "deadline: 5", "deadline: 5 MB", "deadline: soon", "url: 5", "url: true",
      "liars: 3", "liars: [x]", "liars: [-1]", "liars:", "some: 20", "some: 0.2", "some: 120 %", "some: 100.5 %", "some: -1 %", "some: a fifth",
      "some: [20 %]", "some: [-1]", "some: {share: 20 %}", "some:", "sweep: {axes: {some: {from: 0, to: 1}}}", "platform: {memory: 127 MB}",
      "platform: {memory: 11 GB}", "platform: {timeout: 901 s}", "platform: {timeout: 15.1 min}", "platform: {timeout: 0 s}", "platform: 5", "platform: {memry: 1 GB}", "platform: {memory: 512}", "plan: nobody", "plan: []",
      "plan: {}", "plan: {alone: {}, together: {}}", "plan: {alone: {x: 1}}", "plan: {together: {rule: {krum: {f: x}}}}", "faults: {}", "faults: [5]", "faults: [{att: 1 s}]",
      "name: 5", "variants: []", "variants: [{workers: 2}]", "variants: [{name: a, workers: 0}]", "variants: 5", "sweep: 5", "sweep: {axes: {}}",
      "sweep: {axes: {nope: [1]}}", "sweep: {axes: {workers: []}}", "sweep: {axes: {workers: 5}}", "sweep: {axes: {workers: [0]}}", "sweep: {axes: {workers: [1, 1]}}",
      "sweep: {axes: {workers: {from: 1}}}", "sweep: {axes: {workers: {from: 1, to: 2, step: 1}}}", "sweep: {replications: 0}", "[1]", "text"};
  for (const std::string& text : bad) {
    EXPECT_FALSE(loads(text)) << text;
    EXPECT_THAT(refused(text), Not(IsEmpty())) << text;
  }
}

// In every unit, around both bounds and far from them, as long as the number has no exponent.
TEST(Schema, AgreesWithTheLoaderOnQuantitiesInTheirBounds) {
  int good = 0, bad = 0;
  const auto both = [&](const std::string& setting, const std::string& value) {
    const std::string text = "platform: {" + setting + ": " + value + "}";
    const bool loaded = loads(text);
    ++(loaded ? good : bad);
    EXPECT_EQ(refused(text).empty(), loaded) << text;
  };
  for (const char* number : {"0", "1", "9", "10", "00128", "99", "100", "127", "127.0", "128", "128.", "129", "130", "199", "1000", "1024", "1769", "9999",
                             "10239", "10240", "10240.0", "10241", "10300", "11000", "20000", "99999", "102400"}) {
    both("memory", std::string(number) + " MB");
    both("memory", std::string(number) + "MiB");
  }
  for (const char* number : {"0", ".1", "0.125", ".125", "0.25", "0.50", "1", "9.75", "10", "10.0", "10.125", "10.5", "11", "100"}) {
    if (std::string(number) != ".1") both("memory", std::string(number) + " GB");
  }
  for (const char* number : {"0", "0.0", "0.001", "1", "899", "899.999", "900", "900.000", "900.001", "901", "1000", "9000", "0900"}) {
    both("timeout", std::string(number) + " s");
  }
  for (const char* number : {"0.5", "14.999", "15", "15.0", "15.001", "16", "150"}) both("timeout", std::string(number) + " min");
  for (const char* number : {"0.25", "0.2", "0.251", "1", ".25", ".3"}) both("timeout", std::string(number) + " h");
  for (const char* number : {"0.01", "0.010416", "0.02", "1"}) both("timeout", std::string(number) + " d");
  for (const char* number : {"900000", "900001", "899999.5", "1"}) both("timeout", std::string(number) + " ms");
  EXPECT_GT(good, 30);
  EXPECT_GT(bad, 30);
  for (const char* text : {"platform: {memory: 1e3 MB}", "platform: {timeout: 9E2 s}", "platform: {timeout: 1.5e-1 h}"}) {
    EXPECT_TRUE(loads(text) && refused(text).empty()) << text;
  }
}

TEST(Schema, ValidatorCanFail) {
  const Json schema = {{"type", "object"}, {"properties", {{"a", {{"type", "integer"}, {"minimum", 2}}}}}, {"additionalProperties", false}};
  EXPECT_THAT(violations(schema, {{"a", 2}}), IsEmpty());
  EXPECT_THAT(violations(schema, {{"a", 1}}), Not(IsEmpty()));
  EXPECT_THAT(violations(schema, {{"b", 1}}), Not(IsEmpty()));
  EXPECT_THROW(violations({{"maxLength", 3}}, "x"), BrokenInvariant) << "a keyword it does not know";
}

TEST(Dump, HoldsEverythingInOrderWithUnits) {
  const std::string dump = canonical_json(sample::Settings{});
  EXPECT_THAT(dump, HasSubstr(R"({"seed":1,"workers":4,"momentum":0.9,"verbose":false,"mode":"slow","limit":null,"target":null,)"));
  EXPECT_THAT(dump, HasSubstr(R"("platform":{"memory":"1769 MB","timeout":"900 s","rate":"65 MB/s","package":"50 MB","budget":"1.5 USD"})"));
  EXPECT_THAT(dump, HasSubstr(R"("plan":{"together":{"rule":{"mean":{}},"partners":3}},"faults":[]})"));
}

TEST(Dump, LoadsToTheSameSettingsAndIsValid) {
  for (const char* text : {"{}", "workers: 7\ndeadline: 1234567 ns\nplatform: {rate: 123456.789 B/s, package: 1.5 KiB}\nplan: alone\n",
                           "url: \"5\"\nmomentum: 0.1\nliars: [3, 1]\nfaults: [{at: 90 s, rule: {krum: {f: 2}}}, {worker: 3}]\n"}) {
    const Loaded first = load_text(text);
    ASSERT_THAT(first.faults, IsEmpty());
    const std::string dump = canonical_json(first.settings);
    const Loaded second = load_text(dump);
    EXPECT_THAT(second.faults, IsEmpty()) << dump;
    EXPECT_EQ(canonical_json(second.settings), dump);
    EXPECT_THAT(refused(dump), IsEmpty()) << dump;
  }
}

TEST(Dump, DiffersWhenASettingDiffers) {
  const std::string plain = canonical_json(load_text("{}").settings);
  for (const char* text : {"workers: 5", "mode: fast", "limit: 1", "plan: alone", "faults: [{}]", "platform: {rate: 65.1 MB/s}"}) {
    EXPECT_NE(canonical_json(load_text(text).settings), plain) << text;
  }
  EXPECT_EQ(canonical_json(load_text("workers: 4\nplan: {together: {rule: mean}}\nplatform: {timeout: 15 min}").settings), plain);
}

}  // namespace
}  // namespace windtunnel::scenario
