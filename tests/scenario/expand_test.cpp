// Variants, sweeps and --set on the sample settings: which combinations come out, in which order, and what is refused.
// Seeds, hashes and the program's own settings are document_test.cpp's.
#include "scenario/expand.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "helpers.h"

namespace windtunnel::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Expanded {
  Expansion expansion;
  std::vector<Combination> combinations;
  std::vector<std::string> faults;
  std::vector<std::string> hints;
  std::vector<std::string> trees() const {
    std::vector<std::string> all;
    for (const Combination& c : combinations) all.push_back((c.variant.empty() ? "" : c.variant + ": ") + to_text(c.settings));
    return all;
  }
};

Expanded expanded(const std::string& text, std::vector<Setting> settings = {}) {
  Expanded result;
  Faults faults;
  if (const auto tree = parse(make_source("t", text), faults)) {
    result.expansion = expand(*tree, sample_shape(), settings, faults, [&](Combination c) {
      sample::Settings object;
      Places places;
      load(c.settings, object, faults, places);
      result.combinations.push_back(std::move(c));
    });
  }
  for (const Fault& fault : faults.list()) {
    result.faults.push_back(headline(fault));
    result.hints.push_back(fault.hint);
  }
  return result;
}

TEST(Expand, WithoutVariantsTheBaseIsTheOnlyCombination) {
  const Expanded e = expanded("name: plain\ndescription: what for\nworkers: 3\n");
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_EQ(e.expansion.header.name, "plain");
  EXPECT_EQ(e.expansion.header.description, "what for");
  EXPECT_THAT(e.trees(), ElementsAre("{workers: 3}"));
  EXPECT_THAT(e.expansion.variants, IsEmpty());
  EXPECT_EQ(e.expansion.replications, 1);
}

TEST(Expand, VariantsOverrideTheBase) {
  const Expanded e = expanded("workers: 3\nvariants:\n- {name: a}\n- {name: b, workers: 5, plan: alone}\n");
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_THAT(e.trees(), ElementsAre("a: {workers: 3}", "b: {workers: 5, plan: alone}"));
  EXPECT_THAT(e.expansion.variants, ElementsAre("a", "b"));
}

TEST(Expand, AxesMultiplyTheLastRunningFastest) {
  const Expanded e = expanded(R"(
variants: [{name: x}, {name: y}]
sweep:
  replications: 3
  axes:
    workers: [1, 2]
    plan: [alone, {together: {partners: 7}}]
)");
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_EQ(e.expansion.replications, 3);
  EXPECT_THAT(e.expansion.axes, ElementsAre("workers", "plan"));
  EXPECT_THAT(e.trees(), ElementsAre("x: {workers: 1, plan: alone}", "x: {workers: 1, plan: {together: {partners: 7}}}",
                                     "x: {workers: 2, plan: alone}", "x: {workers: 2, plan: {together: {partners: 7}}}",
                                     "y: {workers: 1, plan: alone}", "y: {workers: 1, plan: {together: {partners: 7}}}",
                                     "y: {workers: 2, plan: alone}", "y: {workers: 2, plan: {together: {partners: 7}}}"));
  EXPECT_EQ(e.combinations[1].axes[1].path, "plan");
  EXPECT_EQ(e.combinations[1].axes[1].value, "{together: {partners: 7}}");
}

std::vector<std::string> values_of(const std::string& path, const std::string& range) {
  const Expanded e = expanded("sweep: {axes: {" + path + ": " + range + "}}");
  EXPECT_THAT(e.faults, IsEmpty());
  std::vector<std::string> values;
  for (const Combination& c : e.combinations) values.push_back(c.axes.at(0).value);
  return values;
}

TEST(Expand, Ranges) {
  EXPECT_THAT(values_of("workers", "{from: 2, to: 10, steps: 5}"), ElementsAre("2", "4", "6", "8", "10"));
  EXPECT_THAT(values_of("workers", "{from: 1, to: 64, steps: 4, scale: log}"), ElementsAre("1", "4", "16", "64"));
  EXPECT_THAT(values_of("workers", "{from: 10, to: 2, steps: 3}"), ElementsAre("10", "6", "2"));
  EXPECT_THAT(values_of("momentum", "{from: 0.1, to: 0.7, steps: 4}"), ElementsAre("0.1", "0.3", "0.5", "0.7"));
  EXPECT_THAT(values_of("platform.memory", "{from: 128 MB, to: 1 GB, steps: 4, scale: log}"),
              ElementsAre("128 MB", "256 MB", "512 MB", "1024 MB"));
  EXPECT_THAT(values_of("platform.timeout", "{from: 1 s, to: 2 s, steps: 3}"), ElementsAre("1 s", "1500 ms", "2 s"));
  EXPECT_THAT(values_of("deadline", "{from: 1 s, to: 3 s, steps: 2}"), ElementsAre("1 s", "3 s")) << "an optional setting";
  EXPECT_THAT(values_of("limit", "{from: 1, to: 5}"), ElementsAre("1", "2", "3", "4", "5")) << "five steps by default";
}

TEST(Expand, RangesThatCannotBe) {
  const auto fault = [](const std::string& path, const std::string& range) {
    const Expanded e = expanded("sweep: {axes: {" + path + ": " + range + "}}");
    EXPECT_THAT(e.faults, SizeIs(1)) << range;
    return e.faults.empty() ? std::string() : e.faults.front();
  };
  EXPECT_THAT(fault("workers", "{from: 1, to: 3, steps: 9}"), HasSubstr("sweep.axes.workers: the value 1 twice"));
  EXPECT_THAT(fault("momentum", "{from: 0, to: 1, scale: log}"), HasSubstr("a logarithmic range needs ends above 0"));
  EXPECT_THAT(fault("workers", "{from: 1, steps: 3}"), HasSubstr("a range without \"to\""));
  EXPECT_THAT(fault("workers", "{from: 1, to: 2, steps: 1}"), HasSubstr("sweep.axes.workers.steps: 1 is out of range (from 2 to"));
  EXPECT_THAT(fault("workers", "{from: 1, to: 2, step: 1}"), HasSubstr("sweep.axes.workers.step: unknown setting \"step\""));
  EXPECT_THAT(fault("workers", "{from: 2, to: 2}"), HasSubstr("a range from a value to itself"));
  EXPECT_THAT(fault("mode", "{from: slow, to: fast}"), HasSubstr("a range of what is no number"));
  EXPECT_THAT(fault("plan", "{from: 1, to: 2}"), HasSubstr("a range of what is no number"));
  EXPECT_THAT(fault("plan.together", "{from: 1, to: 2}"), HasSubstr("a range of what is no number"));
  EXPECT_THAT(fault("platform.memory", "{from: 1, to: 2 GB}"), HasSubstr("sweep.axes.platform.memory.from: \"1\" has no unit"));
  EXPECT_THAT(fault("workers", "{from: [1], to: 2}"), HasSubstr("sweep.axes.workers.from: a whole number is needed"));
}

TEST(Expand, SweepsThatCannotBe) {
  EXPECT_THAT(expanded("sweep: {axes: {workers: []}}").faults, ElementsAre("t:1:25: sweep.axes.workers: an axis without values"));
  EXPECT_THAT(expanded("sweep: {axes: {workers: 3}}").faults, ElementsAre(HasSubstr("a list of values or a range")));
  EXPECT_THAT(expanded("sweep: {axes: {}}").faults, ElementsAre(HasSubstr("sweep.axes: a map of at least one path")));
  EXPECT_THAT(expanded("sweep: {axes: [workers]}").faults, ElementsAre(HasSubstr("sweep.axes: a map of at least one path")));
  EXPECT_THAT(expanded("sweep: 3").faults, SizeIs(1));
  EXPECT_THAT(expanded("sweep:\n").faults, ElementsAre("t:1:1: sweep: nothing below"));
  EXPECT_THAT(expanded("sweep: {replications: 0}").faults, ElementsAre(HasSubstr("sweep.replications: 0 is out of range")));
  EXPECT_THAT(expanded("sweep: {replicatons: 2}").faults, ElementsAre(HasSubstr("unknown setting \"replicatons\"")));
  EXPECT_THAT(expanded("sweep: {axes: {workers: [1, 2, 1]}}").faults, ElementsAre("t:1:32: sweep.axes.workers: the value 1 twice"));
  const Expanded unknown = expanded("sweep: {axes: {memory: [1 GB]}}");
  EXPECT_THAT(unknown.faults, ElementsAre("t:1:16: sweep.axes: unknown path \"memory\""));
  EXPECT_THAT(unknown.hints, ElementsAre("did you mean \"platform.memory\"?"));
}

TEST(Expand, WrongValuesOfAnAxisAreReportedOnceEachAtTheirPlace) {
  const Expanded e = expanded("sweep:\n  axes:\n    workers: [0, 2, x]\n    mode: [slow, fast]\n");
  EXPECT_THAT(e.faults, ElementsAre("t:3:15: workers: 0 is out of range (from 1 to 1000)", "t:3:21: workers: \"x\" is not a whole number"));
}

TEST(Expand, AnAxisMustExistInEveryPoint) {
  const Expanded e = expanded("sweep: {axes: {plan: [alone, together], plan.together.partners: [1, 2]}}");
  EXPECT_THAT(e.faults, ElementsAre("t:1:41: plan.together.partners: the axis has no effect in every point: plan is alone"));
}

TEST(Expand, AnAxisInsideAnotherComesAfterItWhateverTheOrder) {
  const Expanded e = expanded("sweep: {axes: {plan.together.partners: [1, 2], plan: [{together: {rule: krum}}]}}");
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_THAT(e.trees(), ElementsAre("{plan: {together: {rule: krum, partners: 1}}}", "{plan: {together: {rule: krum, partners: 2}}}"));
}

TEST(Expand, TooManyPoints) {
  EXPECT_THAT(expanded("sweep: {replications: 10000, axes: {workers: [1, 2]}}").faults,
              ElementsAre(HasSubstr("sweep: 20000 points; at most 10000")));
  const Expanded e = expanded(
      "sweep: {axes: {workers: {from: 1, to: 1000, steps: 1000}, seed: {from: 1, to: 9000, steps: 9000}, momentum: {from: 0, to: 1, "
      "steps: 9999}}}");
  EXPECT_THAT(e.faults, ElementsAre(HasSubstr("points; at most 10000")));
  EXPECT_THAT(e.combinations, IsEmpty());
}

TEST(Expand, HugeBasesTimesManyPointsAreRefused) {
  std::string text = "liars: [0";
  for (int i = 1; i < 20'000; ++i) text += fmt::format(",{}", i);
  text += "]\nsweep: {axes: {seed: {from: 1, to: 5000, steps: 5000}}}";
  EXPECT_THAT(expanded(text).faults, ElementsAre(HasSubstr("settings in all points together; at most 20000000")));
}

TEST(Expand, VariantsThatCannotBe) {
  EXPECT_THAT(expanded("variants: []").faults, ElementsAre("t:1:11: variants: an empty list"));
  EXPECT_THAT(expanded("variants: {a: 1}").faults, ElementsAre("t:1:11: variants: a map where a list is needed"));
  EXPECT_THAT(expanded("variants: [5]").faults, ElementsAre("t:1:12: variants.0: a value where a map is needed"));
  EXPECT_THAT(expanded("variants: [{workers: 5}]").faults, ElementsAre("t:1:12: variants.0: a variant without a name"));
  EXPECT_THAT(expanded("variants: [{name: a}, {name: b}, {name: a}]").faults,
              ElementsAre("t:1:41: variants.2.name: two variants of the name \"a\""));
  EXPECT_THAT(expanded("variants: [{name: \"\"}]").faults, ElementsAre("t:1:19: variants.0.name: \"\" is no name"));
  EXPECT_THAT(expanded("variants: [{name: \" a\"}]").faults, ElementsAre("t:1:19: variants.0.name: \" a\" is no name"));
  EXPECT_THAT(expanded("variants: [{name: a liar / two}]").faults, IsEmpty());
  EXPECT_THAT(expanded("variants: [{name: 5}]").faults, ElementsAre(HasSubstr("variants.0.name: 5 is not text")));
  EXPECT_THAT(expanded("name: ../up").faults, ElementsAre("t:1:7: name: \"../up\" is no name"));
  EXPECT_THAT(expanded("variants:\n").faults, ElementsAre("t:1:1: variants: nothing below"));
}

TEST(Expand, FaultsOfTheBaseAreReportedOnceThoughVariantsHideThem) {
  const Expanded e = expanded("workers: 0\nmomentum: 5\nvariants:\n- {name: a, workers: 2}\n- {name: b, workers: 3, mode: x}\n");
  EXPECT_THAT(e.faults, ElementsAre("t:1:10: workers: 0 is out of range (from 1 to 1000)",
                                    "t:2:11: momentum: 5 is out of range (from 0 to 1)", "t:5:31: mode: unknown mode \"x\""));
}

TEST(Expand, FilesThatAreNoScenario) {
  EXPECT_THAT(expanded("").faults, ElementsAre("t:1:1: the file holds no settings"));
  EXPECT_THAT(expanded("just text").faults, ElementsAre("t:1:1: a value where a map of settings is needed"));
  EXPECT_THAT(expanded("- a\n- b\n").faults, ElementsAre("t:1:1: a list where a map of settings is needed"));
}

TEST(Set, IsTheLastWord) {
  const Expanded e = expanded("workers: 3\nvariants: [{name: a, workers: 4}]\nsweep: {axes: {mode: [slow, fast]}}",
                              {"workers=5", "platform={memory: 1 GB}", "platform.timeout=3 s"});
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_THAT(e.trees(), ElementsAre("a: {workers: 5, mode: slow, platform: {memory: 1 GB, timeout: 3 s}}",
                                     "a: {workers: 5, mode: fast, platform: {memory: 1 GB, timeout: 3 s}}"));
}

TEST(Set, AppliesWhereThePathExists) {
  const std::string text = "variants: [{name: a, plan: alone}, {name: b}, {name: c, plan: {together: {rule: krum}}}]";
  EXPECT_THAT(expanded(text, {"plan.together.rule=mean"}).trees(),
              ElementsAre("a: {plan: alone}", "b: {plan: {together: {rule: mean}}}", "c: {plan: {together: {rule: mean}}}"));
  EXPECT_THAT(expanded("plan: alone", {"plan.together.partners=2"}).faults,
              ElementsAre("--set:1:1: \"plan.together.partners\" has no effect: plan is alone"));
  EXPECT_THAT(expanded("workers: 1", {"faults.0.at=2 s"}).faults,
              ElementsAre("--set:1:1: \"faults.0.at\" has no effect: faults has 0 elements"));
}

TEST(Set, ReplicationsAndAxes) {
  const Expanded e = expanded("sweep: {replications: 9, axes: {workers: [1, 2, 3]}}",
                              {"sweep.replications=2", "sweep.axes={workers: [7]}"});
  ASSERT_THAT(e.faults, IsEmpty());
  EXPECT_EQ(e.expansion.replications, 2);
  EXPECT_THAT(e.trees(), ElementsAre("{workers: 7}"));
  EXPECT_EQ(expanded("workers: 1", {"sweep.replications=4"}).expansion.replications, 4);
}

TEST(Set, WrongArguments) {
  const auto fault = [](const std::string& setting) {
    const Expanded e = expanded("workers: 1\nsweep: {axes: {platform.memory: [1 GB, 2 GB]}}", {setting});
    EXPECT_THAT(e.faults, SizeIs(1)) << setting;
    return e.faults.empty() ? std::string() : e.faults[0];
  };
  EXPECT_EQ(fault("workers"), "--set:1:1: PATH=VALUE is needed");
  EXPECT_EQ(fault("=5"), "--set:1:1: PATH=VALUE is needed");
  EXPECT_EQ(fault("wrkers=5"), "--set:1:1: unknown path \"wrkers\"");
  EXPECT_EQ(fault("workers=many"), "--set:1:9: workers: \"many\" is not a whole number");
  EXPECT_EQ(fault("workers="), "--set:1:1: workers: nothing where a whole number is needed");
  EXPECT_EQ(fault("platform={memory: 1}"), "--set:1:1: \"platform\" is what the sweep's axis \"platform.memory\" varies");
  EXPECT_EQ(fault("platform.memory=1 GB"), "--set:1:1: \"platform.memory\" is what the sweep's axis \"platform.memory\" varies");
  EXPECT_THAT(fault("liars=[1"), HasSubstr("--set:1:"));
  EXPECT_THAT(fault("sweep.nonsense=1"), HasSubstr("sweep.nonsense: unknown setting \"nonsense\""));
}

TEST(Set, ShowsTheArgumentUnderTheMessage) {
  Faults faults;
  const std::vector<Setting> settings{"workers=many"};
  expand(tree_of("seed: 1"), sample_shape(), settings, faults, [&](const Combination& c) {
    sample::Settings object;
    Places places;
    load(c.settings, object, faults, places);
  });
  ASSERT_THAT(faults.list(), SizeIs(1));
  EXPECT_EQ(to_text(faults.list()[0]), "--set:1:9: workers: \"many\" is not a whole number\n    workers=many\n            ^");
}

}  // namespace
}  // namespace windtunnel::scenario
