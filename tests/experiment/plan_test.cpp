// What a results file is to hold: numbers of runs and points as a scenario grows, and what is refused. The campaign that uses
// them is tested from end to end (tests/app/results_test.py).
#include "experiment/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Points by their hashes, each `replications` times.
std::vector<RunIdentity> wanted(const std::vector<std::string>& hashes, int replications) {
  std::vector<RunIdentity> all;
  for (const std::string& hash : hashes) {
    for (int r = 0; r < replications; ++r) {
      RunIdentity run;
      run.variant = "variant " + hash;
      run.scenario_hash = hash;
      run.scenario_json = R"({"rounds":10,"cloud":{"function":{"memory":"1769 MB"}},"learning":{"none":{}}})";
      run.replication = r;
      run.seed = static_cast<std::uint64_t>(100 + r);
      run.price_sheet = "sheet";
      run.price_sheet_hash = "prices";
      run.program_build = "build";
      all.push_back(run);
    }
  }
  return all;
}

std::vector<std::int64_t> ids(const std::vector<PlannedRun>& plan) {
  std::vector<std::int64_t> all;
  for (const PlannedRun& run : plan) all.push_back(run.run_id);
  return all;
}
std::vector<std::int64_t> points(const std::vector<PlannedRun>& plan) {
  std::vector<std::int64_t> all;
  for (const PlannedRun& run : plan) all.push_back(run.point);
  return all;
}

TEST(Plan, NumbersRunsInTheOrderOfTheScenario) {
  const auto plan = plan_of(wanted({"a", "b"}, 2), {});
  EXPECT_THAT(ids(plan), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(points(plan), ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(plan_of(wanted({"a", "b"}, 2), plan), plan);
}

TEST(Plan, KeepsTheNumbersOfWhatWasThereWhenItGrows) {
  const auto small = plan_of(wanted({"a", "b"}, 2), {});
  const auto more_replications = plan_of(wanted({"a", "b"}, 3), small);
  EXPECT_THAT(ids(more_replications), ElementsAre(0, 1, 4, 2, 3, 5));
  EXPECT_THAT(points(more_replications), ElementsAre(0, 0, 0, 1, 1, 1));
  const auto another_value = plan_of(wanted({"a", "new", "b"}, 2), small);
  EXPECT_THAT(ids(another_value), ElementsAre(0, 1, 4, 5, 2, 3));
  EXPECT_THAT(points(another_value), ElementsAre(0, 0, 2, 2, 1, 1));
}

TEST(Plan, IsKeptInTheFile) {
  const Folder folder;
  const auto plan = plan_of(wanted({"a", "b"}, 2), {});
  Writer::create(folder / "r").set_plan(plan);
  EXPECT_EQ(Writer::resume(folder / "r").plan(), plan);
}

RunSummary stored(const RunIdentity& run) {
  RunSummary summary;
  static_cast<RunIdentity&>(summary) = run;
  return summary;
}

std::string refusal(const RunSummary& there, const std::vector<RunIdentity>& here) {
  try {
    require_same("file", {there}, here);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Plan, ResultsOfTheSameInputsAreTakenUp) {
  const auto now = wanted({"a"}, 1);
  EXPECT_EQ(refusal(stored(now[0]), now), "");
}

TEST(Plan, ChangedInputsAreRefusedByName) {
  const auto now = wanted({"a"}, 1);
  const auto changed = [&](auto change) {
    RunSummary there = stored(now[0]);
    change(there);
    return refusal(there, now);
  };
  EXPECT_THAT(changed([](RunSummary& r) { r.price_sheet_hash = "others"; }),
              HasSubstr("what price sheet sheet says: others there, prices here"));
  EXPECT_THAT(changed([](RunSummary& r) { r.data_hash = "others"; }),
              HasSubstr("content of the data files: others there, none here"));
  EXPECT_THAT(changed([](RunSummary& r) { r.program_build = "older"; }),
              HasSubstr("sources of the program: older there, build here"));
  const std::string settings = changed([](RunSummary& r) {
    r.run_id = 7;
    r.scenario_hash = "x";
    r.scenario_json = R"({"rounds":20,"cloud":{"function":{"memory":"1 GB"}},"learning":{"none":{}}})";
  });
  EXPECT_THAT(settings, HasSubstr("--force"));
  EXPECT_THAT(settings, HasSubstr("rounds: 20 there, 10 here"));
  EXPECT_THAT(settings, HasSubstr("cloud.function.memory: 1 GB there, 1769 MB here"));
  EXPECT_THAT(settings, Not(HasSubstr("learning")));
  EXPECT_THAT(changed([](RunSummary& r) {
                r.run_id = 7;
                r.variant = "gone";
              }),
              HasSubstr("run 7, gone"));
}

TEST(Plan, AFailedRunMayBeOfAnything) {
  const auto now = wanted({"a"}, 1);
  RunSummary there = stored(now[0]);
  there.status = Status::failed;
  there.program_build = "older";
  EXPECT_EQ(refusal(there, now), "");
}

}  // namespace
}  // namespace windtunnel::experiment::testing
