// Laying settings over settings, and setting a value by path, on the sample settings.
#include "scenario/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "helpers.h"
#include "scenario/paths.h"

namespace windtunnel::scenario {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string merged(const std::string& under, const std::string& over) {
  return to_text(merge(tree_of(under), tree_of(over), sample_shape()));
}

TEST(Merge, MapsDeeplyScalarsAndListsWhole) {
  EXPECT_EQ(merged("{workers: 4, platform: {memory: 1 GB, timeout: 5 s}, liars: [1, 2]}",
                   "{platform: {memory: 2 GB}, liars: [3], mode: fast}"),
            "{workers: 4, platform: {memory: 2 GB, timeout: 5 s}, liars: [3], mode: fast}");
}

TEST(Merge, AnotherChoiceReplacesWithAllItsSettings) {
  EXPECT_EQ(merged("plan: {together: {partners: 9, rule: {krum: {f: 2}}}}", "plan: alone"), "{plan: alone}");
  EXPECT_EQ(merged("plan: {together: {partners: 9, rule: {krum: {f: 2}}}}", "plan: {together: {rule: {trimmed_mean: {f: 1}}}}"),
            "{plan: {together: {partners: 9, rule: {trimmed_mean: {f: 1}}}}}");
}

TEST(Merge, TheSameChoiceKeepsItsSettings) {
  const std::string krum = "plan: {together: {partners: 9, rule: {krum: {f: 2}}}}";
  EXPECT_EQ(merged(krum, "plan: together"), "{plan: {together: {partners: 9, rule: {krum: {f: 2}}}}}");
  EXPECT_EQ(merged(krum, "plan: {together: {rule: krum}}"), "{plan: {together: {partners: 9, rule: {krum: {f: 2}}}}}");
  EXPECT_EQ(merged("plan: {together: {rule: krum}}", "plan: {together: {rule: {krum: {f: 3}}}}"),
            "{plan: {together: {rule: {krum: {f: 3}}}}}");
  EXPECT_EQ(merged("plan: {together: {rule: {trimmed_mean: {f: 3}}}}", "plan: {together: {rule: {trimmed_mean: {pause: 2 s}}}}"),
            "{plan: {together: {rule: {trimmed_mean: {f: 3, pause: 2 s}}}}}");
}

TEST(Merge, WhatHasNoSettingsBelowItChangesNothing) {
  EXPECT_EQ(merged("platform: {memory: 1 GB}", "platform:"), "{platform: {memory: 1 GB}}");
}

TEST(Merge, FaultyPartsArriveForTheLoaderToReport) {
  EXPECT_EQ(merged("platform: {memory: 1 GB}", "platform: 5"), "{platform: 5}");
  EXPECT_EQ(merged("plan: together", "plan: {alone: {}, together: {}}"), "{plan: {alone: {}, together: {}}}");
  EXPECT_EQ(merged("nonsense: 1", "nonsense: 2"), "{nonsense: 2}");
}

// The tree after an assignment, or which outcome it had.
std::string assigned(const std::string& text, const std::string& path, const std::string& value) {
  Tree tree = text.empty() ? Tree{} : tree_of(text);
  const std::string before = to_text(tree);
  const Assignment outcome = assign(tree, path, Mark{}, tree_of(value), sample_shape());
  if (std::holds_alternative<Assigned>(outcome)) return to_text(tree);
  EXPECT_EQ(to_text(tree), before);
  if (const auto* other = std::get_if<NotChosen>(&outcome)) return other->choice + " is " + other->selected;
  if (const auto* list = std::get_if<NoSuchElement>(&outcome)) return list->list + " has " + std::to_string(list->size);
  return "no such path";
}

TEST(Assign, MakesWhatIsNotThere) {
  EXPECT_EQ(assigned("{}", "workers", "8"), "{workers: 8}");
  EXPECT_EQ(assigned("", "platform.memory", "1 GB"), "{platform: {memory: 1 GB}}");
  EXPECT_EQ(assigned("{platform: {timeout: 1 s}}", "platform.memory", "1 GB"), "{platform: {timeout: 1 s, memory: 1 GB}}");
  EXPECT_EQ(assigned("{platform: {timeout: 1 s}}", "platform", "{memory: 1 GB}"), "{platform: {timeout: 1 s, memory: 1 GB}}");
}

TEST(Assign, FollowsChoicesThatAreMade) {
  EXPECT_EQ(assigned("{}", "plan.together.partners", "5"), "{plan: {together: {partners: 5}}}") << "by default";
  EXPECT_EQ(assigned("{plan: together}", "plan.together.rule", "krum"), "{plan: {together: {rule: krum}}}");
  EXPECT_EQ(assigned("{plan: {together: {rule: {krum: {f: 1}}}}}", "plan.together.rule.krum.f", "4"),
            "{plan: {together: {rule: {krum: {f: 4}}}}}");
  EXPECT_EQ(assigned("{plan: alone}", "plan.together.partners", "5"), "plan is alone");
  EXPECT_EQ(assigned("{}", "plan.together.rule.krum.f", "5"), "plan.together.rule is mean");
  EXPECT_EQ(assigned("{plan: alone}", "plan", "{together: {partners: 2}}"), "{plan: {together: {partners: 2}}}");
}

TEST(Assign, ElementsOfLists) {
  EXPECT_EQ(assigned("{liars: [1, 2]}", "liars.1", "7"), "{liars: [1, 7]}");
  EXPECT_EQ(assigned("{liars: [1, 2]}", "liars.2", "7"), "liars has 2");
  EXPECT_EQ(assigned("{faults: [{at: 1 s}, {}]}", "faults.1.at", "2 s"), "{faults: [{at: 1 s}, {at: 2 s}]}");
  EXPECT_EQ(assigned("{faults: [{at: 1 s}]}", "faults.0", "{worker: 2}"), "{faults: [{at: 1 s, worker: 2}]}");
  EXPECT_EQ(assigned("{}", "faults.0.at", "2 s"), "faults has 0");
}

TEST(Assign, UnknownPaths) {
  for (const char* path : {"", "nope", "workers.x", "plan.nobody", "plan.together.nope", "faults.x", "faults.0.nope", "liars.0.x",
                           "platform.", ".workers", "faults.-1.at", "liars.99999999999999999999"}) {
    EXPECT_EQ(assigned("{faults: [{}], liars: [1]}", path, "1"), "no such path") << path;
  }
}

TEST(Paths, AllThatThereAre) {
  const std::vector<std::string> all = all_paths(sample_shape());
  EXPECT_THAT(all, Contains("platform.memory"));
  EXPECT_THAT(all, Contains("plan"));
  EXPECT_THAT(all, Contains("plan.alone"));
  EXPECT_THAT(all, Contains("plan.together.rule.trimmed_mean.pause"));
  EXPECT_THAT(all, Not(Contains("faults.0.at")));
  for (const std::string& path : all) EXPECT_TRUE(find(path, sample_shape())) << path;
}

TEST(Paths, NearOnes) {
  EXPECT_EQ(unknown_path("workrs", sample_shape()).hint, "did you mean \"workers\"?");
  EXPECT_EQ(unknown_path("memory", sample_shape()).hint, "did you mean \"platform.memory\"?");
  EXPECT_THAT(unknown_path("partners", sample_shape()).hint, HasSubstr("plan.together.partners"));
  EXPECT_THAT(unknown_path("zzzzzzzz", sample_shape()).hint, HasSubstr("known: seed, workers"));
}

TEST(Paths, AtOrBelow) {
  EXPECT_TRUE(is_at_or_below("a.b", "a"));
  EXPECT_TRUE(is_at_or_below("a", "a"));
  EXPECT_FALSE(is_at_or_below("ab", "a"));
  EXPECT_FALSE(is_at_or_below("a", "a.b"));
}

}  // namespace
}  // namespace windtunnel::scenario
