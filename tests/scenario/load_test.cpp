// The loader on sample settings with a field of every kind: what is read, and which fault each wrong value gives, where.
// The program's own settings, variants and sweeps are not looked at here.
#include "scenario/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "helpers.h"

namespace windtunnel::scenario {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// The only fault of a text, without the file's name.
std::string fault_of(const std::string& text) {
  const Loaded loaded = load_text(text);
  EXPECT_THAT(loaded.faults, SizeIs(1)) << text;
  return loaded.faults.empty() ? "" : loaded.faults.front().substr(2);
}

TEST(Load, EveryKindOfField) {
  const Loaded loaded = load_text(R"(
seed: 12
workers: 1e2
momentum: 0.5
verbose: true
mode: fast
limit: 3
target: .5
deadline: 2 min
cap: 6 MB
url: "redis://here"
liars: [1, 2]
platform: {memory: 2 GB, timeout: 1.5 s, rate: 8 Mbit/s, package: 1 KiB, budget: 2 USD}
plan: {together: {rule: {krum: {f: 2}}, partners: 7}}
faults:
  - {at: 1 s, worker: 3}
  - rule: mean
)");
  ASSERT_THAT(loaded.faults, IsEmpty());
  const sample::Settings& s = loaded.settings;
  EXPECT_EQ(s.seed, 12);
  EXPECT_EQ(s.workers, 100);
  EXPECT_EQ(s.momentum, 0.5);
  EXPECT_TRUE(s.verbose);
  EXPECT_EQ(s.mode, sample::Mode::fast);
  EXPECT_EQ(s.limit, 3);
  EXPECT_EQ(s.target, 0.5);
  EXPECT_EQ(s.deadline, Duration(120s));
  EXPECT_EQ(s.cap, Bytes{6'000'000});
  EXPECT_EQ(s.url, "redis://here");
  EXPECT_THAT(s.liars, ElementsAre(1, 2));
  EXPECT_EQ(s.platform.memory, Memory{2048});
  EXPECT_EQ(s.platform.timeout, Duration(1500ms));
  EXPECT_EQ(s.platform.rate, Bandwidth{1e6});
  EXPECT_EQ(s.platform.package, Bytes{1024});
  EXPECT_EQ(s.platform.budget, Usd{2});
  const auto& together = dynamic_cast<const sample::Together&>(*s.plan);
  EXPECT_EQ(together.partners, 7);
  EXPECT_EQ(dynamic_cast<const sample::Krum&>(*together.rule).f, 2);
  ASSERT_THAT(s.faults, SizeIs(2));
  EXPECT_EQ(s.faults[0].at, Duration(1s));
  EXPECT_EQ(s.faults[0].rule.selected(), "krum");
  EXPECT_EQ(s.faults[1].rule.selected(), "mean");
}

TEST(Load, AbsentSettingsKeepTheirDefaults) {
  for (const char* text : {"", "{}", "platform:\nplan: together\n", "plan: {together: }\n"}) {
    const Loaded loaded = load_text(text);
    ASSERT_THAT(loaded.faults, IsEmpty()) << text;
    EXPECT_EQ(loaded.settings.workers, 4);
    EXPECT_EQ(loaded.settings.platform.memory, Memory{1769});
    EXPECT_EQ(loaded.settings.plan.selected(), "together");
    EXPECT_EQ(loaded.settings.limit, std::nullopt);
  }
}

TEST(Load, NullUnsetsAnOptionalOnly) {
  EXPECT_EQ(load_text("limit: null").settings.limit, std::nullopt);
  EXPECT_THAT(load_text("limit:\n").faults, IsEmpty());
  EXPECT_EQ(fault_of("workers:\n"), "1:1: workers: nothing where a whole number is needed");
  EXPECT_EQ(fault_of("faults:\n"), "1:1: faults: nothing where a list is needed");
  EXPECT_EQ(fault_of("mode: ~\n"), "1:1: mode: nothing where one of slow, fast is needed");
}

TEST(Load, ChoicesShortAndLong) {
  EXPECT_EQ(load_text("plan: alone").settings.plan.selected(), "alone");
  EXPECT_EQ(load_text("plan: {alone: {}}").settings.plan.selected(), "alone");
  EXPECT_EQ(load_text("plan: {alone: null}").settings.plan.selected(), "alone");
}

TEST(Load, UnknownSettings) {
  const Loaded loaded = load_text("worker: 5\nplatform:\n  memmory: 1 GB\n");
  EXPECT_THAT(loaded.faults, ElementsAre("t:1:1: worker: unknown setting \"worker\"",
                                         "t:3:3: platform.memmory: unknown setting \"memmory\""));
  EXPECT_THAT(loaded.hints[0], HasSubstr("did you mean \"workers\"?   known: seed, workers"));
  EXPECT_THAT(loaded.hints[1], HasSubstr("did you mean \"memory\"?   known: memory, timeout"));
  EXPECT_EQ(fault_of("plan: {together: {rule: {mean: {f: 1}}}}"),
            "1:33: plan.together.rule.mean.f: unknown setting, where there are none, \"f\"");
}

TEST(Load, UnknownChoicesLookLikeTheDesignSays) {
  Faults faults;
  const auto source = make_source("study.yaml", "plan:\n  together:\n    rule: {trimed_mean: {f: 2}}\n");
  Places places;
  sample::Settings settings;
  load(*parse(source, faults), settings, faults, places);
  ASSERT_THAT(faults.list(), SizeIs(1));
  EXPECT_EQ(to_text(faults.list()[0]),
            "study.yaml:3:12: plan.together.rule: unknown rule \"trimed_mean\"\n"
            "    rule: {trimed_mean: {f: 2}}\n"
            "           ^ did you mean \"trimmed_mean\"?   known: mean, krum, trimmed_mean");
}

TEST(Load, ChoicesOfTheWrongShape) {
  EXPECT_EQ(fault_of("plan: [alone]"), "1:7: plan: a list where a name, or a map of one name to its settings is needed");
  EXPECT_EQ(fault_of("plan: {alone: {}, together: {}}"), "1:7: plan: chooses more than one");
  EXPECT_EQ(fault_of("plan: {}"), "1:7: plan: an empty map chooses nothing");
  EXPECT_EQ(fault_of("plan: {together: 5}"), "1:18: plan.together: \"5\" where a map of settings is needed");
  EXPECT_EQ(fault_of("mode: fastt"), "1:7: mode: unknown mode \"fastt\"");
}

TEST(Load, WrongKinds) {
  EXPECT_EQ(fault_of("workers: [4]"), "1:10: workers: a list where a whole number is needed");
  EXPECT_EQ(fault_of("workers: {a: 1}"), "1:10: workers: a map where a whole number is needed");
  EXPECT_EQ(fault_of("platform: fast"), "1:11: platform: \"fast\" where a map of settings is needed");
  EXPECT_EQ(fault_of("platform: [1]"), "1:11: platform: a list where a map of settings is needed");
  EXPECT_EQ(fault_of("liars: 3"), "1:8: liars: \"3\" where a list is needed");
  EXPECT_EQ(fault_of("some: a fifth"), "1:7: some: \"a fifth\" where a list, or a share like 20 %, is needed");
  EXPECT_EQ(fault_of("some: 0.2"), "1:7: some: \"0.2\" has no unit: a share is a number and one of %");
  EXPECT_EQ(fault_of("some: 120 %"), "1:7: some: 120 % is out of range (from 0 % to 100 %)");
  EXPECT_EQ(fault_of("some: -1%"), "1:7: some: -1% is out of range (from 0 % to 100 %)");
  EXPECT_EQ(load_text("some: 20 %").settings.some.share, Share{20});
  EXPECT_EQ(load_text("some: 12.5%").settings.some.share, Share{12.5});
  EXPECT_THAT(load_text("some: [2, 0]").settings.some.named, ElementsAre(2, 0));
  EXPECT_EQ(fault_of("liars: [1, [2]]"), "1:12: liars.1: a list where a whole number is needed");
  EXPECT_EQ(fault_of("faults: {at: 1 s}"), "1:9: faults: a map where a list is needed");
  EXPECT_EQ(fault_of("faults: [5]"), "1:10: faults.0: \"5\" where a map of settings is needed");
  EXPECT_EQ(fault_of("[1, 2]").substr(0, 5), "1:1: ");
}

TEST(Load, Numbers) {
  EXPECT_EQ(fault_of("workers: four"), "1:10: workers: \"four\" is not a whole number");
  EXPECT_EQ(fault_of("workers: 4.5"), "1:10: workers: 4.5 is not a whole number");
  EXPECT_EQ(fault_of("workers: \"4\""), "1:10: workers: \"4\" in quotes is text; write a whole number without quotes");
  EXPECT_EQ(fault_of("workers: 99999999999999999999"), "1:10: workers: 99999999999999999999 is too large: at most 9223372036854775807");
  EXPECT_EQ(fault_of("workers: 0x10"), "1:10: workers: \"0x10\" is not a whole number");
  EXPECT_EQ(fault_of("momentum: .nan"), "1:11: momentum: .nan is not finite; a number is needed");
  EXPECT_EQ(fault_of("momentum: -.inf"), "1:11: momentum: -.inf is not finite; a number is needed");
  EXPECT_EQ(fault_of("momentum: nan"), "1:11: momentum: nan is not finite; a number is needed");
  EXPECT_EQ(fault_of("momentum: 1e999"), "1:11: momentum: 1e999 is too large or too small for a number");
  EXPECT_EQ(fault_of("workers: .inf"), "1:10: workers: .inf is not finite; a whole number is needed");
  EXPECT_EQ(fault_of("momentum: 0,5"), "1:11: momentum: \"0,5\" is not a number");
  EXPECT_EQ(load_text("momentum: +0.25").settings.momentum, 0.25);
}

TEST(Load, Ranges) {
  EXPECT_EQ(fault_of("workers: 0"), "1:10: workers: 0 is out of range (from 1 to 1000)");
  EXPECT_EQ(fault_of("limit: 0"), "1:8: limit: 0 is out of range (at least 1)");
  EXPECT_EQ(fault_of("platform: {memory: 100 MB}"), "1:20: platform.memory: 100 MB is out of range (from 128 MB to 10240 MB)");
  EXPECT_EQ(fault_of("platform: {timeout: 0 s}"), "1:21: platform.timeout: 0 s is out of range (above 0 s, at most 900 s)");
  EXPECT_EQ(fault_of("platform: {timeout: 20 min}"), "1:21: platform.timeout: 20 min is out of range (above 0 s, at most 900 s)");
  EXPECT_EQ(fault_of("liars: [1, -1]"), "1:12: liars.1: -1 is out of range (at least 0)");
  // A quantity without limits of its own is not negative all the same.
  EXPECT_EQ(fault_of("cap: -1 B"), "1:6: cap: -1 B is out of range (at least 0 B)");
  EXPECT_EQ(load_text("workers: 1000\nplatform: {timeout: 900 s}").faults, std::vector<std::string>{});
}

TEST(Load, Units) {
  EXPECT_THAT(fault_of("deadline: 5"), HasSubstr("1:11: deadline: \"5\" has no unit: a duration is a number and one of ns, us, ms, s"));
  EXPECT_THAT(fault_of("deadline: 5 MB"), HasSubstr("unknown unit \"MB\" in \"5 MB\""));
  EXPECT_THAT(fault_of("deadline: 5 S"), HasSubstr("did you mean \"s\"?"));
  EXPECT_THAT(fault_of("deadline: soon"), HasSubstr("\"soon\" is not a duration"));
  EXPECT_THAT(fault_of("platform: {memory: 512}"), HasSubstr("has no unit: a memory is a number and one of MB, MiB, GB, GiB"));
  EXPECT_THAT(fault_of("platform: {memory: 0.3 MB}"), HasSubstr("is not a whole number of MB"));
  EXPECT_THAT(fault_of("platform: {rate: 5 MB}"), HasSubstr("unknown unit \"MB\""));
  EXPECT_THAT(fault_of("platform: {budget: 5}"), HasSubstr("has no unit: a price is a number and one of USD"));
}

TEST(Load, TextAndTruth) {
  EXPECT_EQ(fault_of("url: 5"), "1:6: url: 5 is not text; write \"5\" in quotes");
  EXPECT_EQ(fault_of("url: true"), "1:6: url: true is not text; write \"true\" in quotes");
  EXPECT_EQ(load_text("url: 5 apples").settings.url, "5 apples");
  EXPECT_EQ(fault_of("verbose: yes"), "1:10: verbose: \"yes\" is not true or false");
  EXPECT_EQ(fault_of("verbose: \"true\""), "1:10: verbose: \"true\" in quotes is text; write true or false without quotes");
}

TEST(Load, AllFaultsAtOnceInOrder) {
  Faults faults;
  sample::Settings settings;
  Places places;
  load(*parse(make_source("t", "workers: 0\nmomentum: 2\nplatform: {memory: 1, rat: 3}\nfaults: [{at: 1}, {rule: no}]\nseed: x\n"),
              faults),
       settings, faults, places);
  EXPECT_THAT(faults.list(), SizeIs(7));
  try {
    faults.throw_if_any();
    FAIL() << "nothing thrown";
  } catch (const Faulty& e) {
    EXPECT_EQ(e.exit_code(), 2);
    ASSERT_THAT(e.faults(), SizeIs(7));
    for (std::size_t i = 1; i < 7; ++i) EXPECT_LE(e.faults()[i - 1].mark.line, e.faults()[i].mark.line);
    EXPECT_THAT(e.what(), HasSubstr("faults.1.rule: unknown rule \"no\""));
  }
  EXPECT_EQ(settings.workers, 4) << "a faulty setting keeps its default";
}

TEST(Load, OneFaultOnce) {
  Faults faults;
  const auto source = make_source("t", "workers: 0\n");
  for (int i = 0; i < 3; ++i) {
    sample::Settings settings;
    Places places;
    load(*parse(source, faults), settings, faults, places);
  }
  EXPECT_THAT(faults.list(), SizeIs(1));
}

TEST(Load, RemembersWhatWasSetAndWhere) {
  const Loaded loaded = load_text("workers: 5\nplan:\n  together: {rule: krum}\nfaults: [{at: 1 s}]\nliars: [3]\n");
  std::vector<std::string> paths;
  for (const auto& [path, place] : loaded.places) paths.push_back(path);
  EXPECT_THAT(paths, UnorderedElementsAre("workers", "plan", "plan.together", "plan.together.rule", "plan.together.rule.krum",
                                          "faults", "faults.0", "faults.0.at", "liars", "liars.0"));
  const Place& rule = loaded.places.at("plan.together.rule");
  EXPECT_EQ(rule.key.line, 3);
  EXPECT_EQ(rule.key.column, 14);
  EXPECT_EQ(rule.value.column, 20);
}

// A room may give a choice other defaults than its member's own; naming that member must not lose them.
TEST(Load, NamingTheDefaultChoiceKeepsItsSettings) {
  struct Preset {
    Choice<sample::Rule> rule{sample::rules(), "krum"};
    Preset() {
      struct Assign final : Fields {
        void field(Field field) override { **std::get_if<std::int64_t*>(&field.target) = 42; }
      } assign;
      rule.describe(assign);
    }
    void describe(Fields& f) { f("rule", rule, ""); }
  };
  Faults faults;
  Places places;
  Preset kept, reset;
  load(*parse(make_source("t", "rule: krum"), faults), kept, faults, places);
  load(*parse(make_source("t", "rule: trimmed_mean"), faults), reset, faults, places);
  EXPECT_EQ(dynamic_cast<const sample::Krum&>(*kept.rule).f, 42);
  EXPECT_EQ(dynamic_cast<const sample::TrimmedMean&>(*reset.rule).f, 2);
}

TEST(Faults, VeryManyAreCountedAndNotAllShown) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("no{}: 1\n", i);
  Faults faults;
  sample::Settings settings;
  Places places;
  load(*parse(make_source("t", text), faults), settings, faults, places);
  try {
    faults.throw_if_any();
    FAIL();
  } catch (const Faulty& e) {
    EXPECT_THAT(e.faults(), SizeIs(5000));
    EXPECT_THAT(e.what(), HasSubstr("… and 4900 more faults"));
  }
}

TEST(Faults, LongLinesAreShownAroundTheCaret) {
  const std::string text = "liars: [" + std::string(400, ' ') + "-1, 2]" + std::string(400, ' ');
  Faults faults;
  sample::Settings settings;
  Places places;
  load(*parse(make_source("t", text), faults), settings, faults, places);
  ASSERT_THAT(faults.list(), SizeIs(1));
  const std::string shown = to_text(faults.list()[0]);
  const std::size_t first = shown.find('\n'), second = shown.find('\n', first + 1);
  const std::string line = shown.substr(first + 1, second - first - 1), below = shown.substr(second + 1);
  EXPECT_LT(line.size(), 130U);
  EXPECT_EQ(line.substr(below.find('^'), 2), "-1");
}

}  // namespace
}  // namespace windtunnel::scenario
