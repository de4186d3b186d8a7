// Checks: what the settings of this room say of themselves: every default lies in its own range, no name comes twice,
// every member has a meaning. Does not check that a scenario file can set them: the loader's tests do.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "models/functions.h"
#include "models/machines.h"
#include "models/preset.h"
#include "models/queue.h"
#include "models/workflow.h"

namespace windtunnel::models {
namespace {

/// Walks through a description and notes what is wrong with it.
class Walk final : public Fields {
 public:
  explicit Walk(std::string path) : path_(std::move(path)) {}

  void field(Field field) override {
    const std::string here = path_ + "." + std::string(field.name);
    if (!names_.insert(std::string(field.name)).second) faults.push_back(here + ": twice");
    if (field.doc.empty()) faults.push_back(here + ": no meaning");
    ++fields;
    const double value = number(field.target);
    const bool low = field.limits.above_min ? value <= field.limits.min : value < field.limits.min;
    if (low || value > field.limits.max) faults.push_back(here + ": default out of range");
    Walk inside(here);
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) (*section)->describe(inside);
    if (auto* choice = std::get_if<Choosable*>(&field.target)) (*choice)->describe(inside);
    faults.insert(faults.end(), inside.faults.begin(), inside.faults.end());
    fields += inside.fields;
  }

  std::vector<std::string> faults;
  int fields = 0;

 private:
  // In the unit that limits are in; NaN, which is in every range, for what is no number.
  static double number(const Target& target) {
    if (auto* const* value = std::get_if<std::int64_t*>(&target)) return static_cast<double>(**value);
    if (auto* const* value = std::get_if<double*>(&target)) return **value;
    if (auto* const* value = std::get_if<Duration*>(&target)) return to_seconds(**value);
    if (auto* const* value = std::get_if<Bytes*>(&target)) return static_cast<double>((*value)->count);
    if (auto* const* value = std::get_if<Memory*>(&target)) return static_cast<double>((*value)->mb);
    if (auto* const* value = std::get_if<Bandwidth*>(&target)) return (*value)->bytes_per_s;
    return std::nan("");
  }

  std::string path_;
  std::set<std::string> names_;
};

template <class T>
class Settings : public testing::Test {};
using All = testing::Types<FunctionSpec, FunctionsConfig, MachinesConfig, QueueConfig, WorkflowConfig>;
TYPED_TEST_SUITE(Settings, All);

TYPED_TEST(Settings, DescribeThemselves) {
  TypeParam settings;
  Walk walk("settings");
  settings.describe(walk);
  EXPECT_TRUE(walk.faults.empty()) << walk.faults.front();
  EXPECT_GE(walk.fields, 2);
}

TEST(SettingsWalk, SeesWhatIsWrong) {
  struct Wrong {
    std::int64_t count = 7;
    Choice<Distribution> delay = constant(Duration::zero());
    void describe(Fields& f) {
      f("count", count, "", {.max = 6});
      f("count", delay, "again");
    }
  } wrong;
  Walk walk("wrong");
  wrong.describe(walk);
  EXPECT_EQ(walk.faults, (std::vector<std::string>{"wrong.count: no meaning", "wrong.count: default out of range",
                                                   "wrong.count: twice"}));
  EXPECT_EQ(walk.fields, 3) << "the setting of the constant too";
}

TEST(SettingsWalk, FamiliesDescribeEveryMember) {
  for (const Option<Distribution>& option : distributions()) {
    Walk walk(std::string(option.name));
    option.make()->describe(walk);
    EXPECT_TRUE(walk.faults.empty()) << walk.faults.front();
    EXPECT_FALSE(option.summary.empty());
  }
  for (const Option<KeepAlive>& option : keep_alives()) {
    Walk walk(std::string(option.name));
    option.make()->describe(walk);
    EXPECT_TRUE(walk.faults.empty()) << walk.faults.front();
  }
}

}  // namespace
}  // namespace windtunnel::models
