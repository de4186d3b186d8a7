// Every setting does something: for each run of the smoke scenarios and each setting of it, one by one, some other value that
// the loader accepts changes the run's fingerprints. What the loader refuses as being without effect is no setting of that
// run. The exceptions are listed with their reasons. Not checked: that the change is the right one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/paths.h"
#include "experiment/run.h"
#include "scenario/checks.h"
#include "scenario/collect.h"
#include "scenario/document.h"
#include "scenario/dump.h"
#include "scenario/effects.h"
#include "scenario/paths.h"

namespace windtunnel::experiment {
namespace {

using nlohmann::ordered_json;
using scenario::below;
using scenario::Point;

/// Settings that may change nothing, and why. `*` stands for any one component.
const std::map<std::string, std::string> exceptions{
    {"store", "where tensors lie changes no number: that is the promise of the store"},
    {"cloud.prices", "sheets differ in prices of things that a run may not use"},
    {"limits.*", "guards against runs that do not end; these end"},
    {"cloud.object_store.attempts", "no request is refused here"},
    {"cloud.object_store.backoff", "no request is refused here"},
    {"cloud.object_store.backoff_max", "no request is refused here"},
    {"cloud.object_store.put_rate", "no request is refused here"},
    {"cloud.object_store.get_rate", "no request is refused here"},
    {"cloud.object_store.function_bandwidth.*.*", "points of a curve: only those beside the function's memory count"},
    {"cloud.network.timeout", "nobody is cut off here"},
    {"cloud.network.functions_per_server", "the servers' cards are wider than what these few functions move"},
    {"cloud.network.server_bandwidth", "as functions_per_server"},
    {"cloud.network.machine_cards", "not every type has a card that bursts"},
    {"cloud.machines.boot_growth.*.*", "fewer machines are started at once here"},
    {"cloud.functions.throttle", "no call is refused here"},
    {"cloud.functions.back_off.*", "no call is refused here"},
    {"cloud.functions.platform.start_growth", "fewer functions are started at once here"},
    {"cloud.functions.platform.scaling.*", "fewer functions are started at once here"},
    {"cloud.functions.platform.keep_alive", "no function is idle for long here"},
    {"cloud.functions.platform.keep_alive.*.*", "no function is idle for long here"},
    {"cloud.functions.payload_limit", "a parameter server's calls carry nothing"},
    {"cloud.function.retry.times", "no call fails here"},
    {"architecture.spirt.step.retry.times", "no call fails here"},
    {"architecture.spirt.membership.*", "everybody answers here"},
    {"architecture.*.rule.krum.f", "Krum takes one update, which may be the same for two numbers of f"},
    {"cloud.compute.parallel_fraction", "with one processor for each gradient there is nothing to share"},
    {"cloud.compute.runtime_memory", "machines have more memory than a runtime may be set to"},
    {"cloud.workflow.inline_concurrency", "no peer has more minibatches than may run at once"},
    {"adversary.attack.gaussian.add", "the rule under test drops the forged update either way"},
    {"cloud.database.connect_timeout", "databases answer here"},
    {"cloud.database.persistent", "what a server's crash leaves to peers"},
};

bool is_exception(const std::string& path) {
  for (const auto& [pattern, reason] : exceptions) {
    if (scenario::matches(path, pattern)) return true;
  }
  return false;
}

/// Another value or two of a setting, as a scenario file would have it: near ones first, then the ends of its range.
class Others {
 public:
  Others(Field& field, const ordered_json& now) : limits_(field.limits), now_(now) {
    std::visit([this](auto& target) { of(target); }, field.target);
  }
  const std::vector<ordered_json>& values() const { return values_; }

 private:
  void add(const ordered_json& value) {
    if (value != now_) values_.push_back(value);
  }
  void number(double now, double step, bool whole) {
    for (double value : {now + step, now - step, now * 2, now / 2, limits_.min, limits_.max, now * 1000, now / 1000}) {
      if (!(std::abs(value) < 1e15)) continue;
      if (whole) add(static_cast<std::int64_t>(value));
      else add(value);
    }
  }
  template <class Format>
  void quantity(double now, double unit, Format format) {
    for (double value : {now * 2, now / 2, now + unit, limits_.min, limits_.max, now * 1000, now / 1000, 1.0, 1e12}) {
      if (std::abs(value) < 1e15) add(format(value));
    }
  }
  void of(bool* v) { add(!*v); }
  void of(std::int64_t* v) { number(static_cast<double>(*v), 1, true); }
  void of(double* v) { number(*v, 0.1, false); }
  void of(std::string* v) {
    for (const models::MachineType& type : models::machine_types()) {
      add(std::string(type.name));
      add("ec2." + std::string(type.name));
      if (values_.size() > 8 && v != nullptr) break;
    }
    add("elasticache.m5.large");
  }
  void of(Duration* v) {
    quantity(to_seconds(*v), 1, [](double s) { return fmt::format("{:.9f} s", s); });
  }
  void of(Bytes* v) {
    quantity(static_cast<double>(v->count), 1, [](double n) { return fmt::format("{:.0f} B", n); });
  }
  void of(Memory* v) {
    quantity(static_cast<double>(v->mb), 1, [](double n) { return fmt::format("{:.0f} MB", n); });
  }
  void of(Bandwidth* v) {
    quantity(v->bytes_per_s, 1, [](double n) { return fmt::format("{:.3f} B/s", n); });
  }
  void of(Usd*) {}
  void of(std::optional<std::int64_t>* v) { number(static_cast<double>(v->value_or(1)), 1, true); }
  void of(std::optional<double>* v) { number(v->value_or(0.5), 0.1, false); }
  void of(std::optional<Duration>* v) {
    quantity(to_seconds(v->value_or(std::chrono::seconds(1))), 1, [](double s) { return fmt::format("{:.9f} s", s); });
  }
  void of(std::optional<Bytes>* v) {
    quantity(static_cast<double>(v->value_or(Bytes{1000}).count), 1, [](double n) { return fmt::format("{:.0f} B", n); });
  }
  void of(std::optional<std::string>*) {}
  void of(std::vector<std::int64_t>* v) {
    add(std::vector<std::int64_t>{});
    if (!v->empty()) add(std::vector<std::int64_t>{v->front() == 0 ? 1 : v->front() - 1});
  }
  void of(Members*) {
    add("0 %");
    add("50 %");
    add(std::vector<std::int64_t>{1});
  }
  void of(Word& v) {
    for (const std::string_view word : v.words) add(std::string(word));
  }
  void of(std::unique_ptr<Section>&) {}
  void of(Choosable* v) {
    for (const Choosable::Name& name : v->names()) {
      if (name.name != v->selected()) add(std::string(name.name));
    }
  }
  void of(std::unique_ptr<Repeatable>&) {}

  Limits limits_;
  ordered_json now_;
  std::vector<ordered_json> values_;
};

/// Each setting of a loaded scenario, with its path; of a choice itself and what it has selected.
template <class Visit>
void each_setting(std::vector<Field> fields, const std::string& path, Visit& visit) {
  for (Field& field : fields) {
    const std::string here = below(path, field.name);
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) {
      each_setting(scenario::fields_of(**section), here, visit);
    } else if (auto* choice = std::get_if<Choosable*>(&field.target)) {
      visit(here, field);
      each_setting(scenario::fields_of(**choice), below(here, (*choice)->selected()), visit);
    } else if (auto* list = std::get_if<std::unique_ptr<Repeatable>>(&field.target)) {
      for (std::size_t i = 0; i < (*list)->size(); ++i) {
        each_setting(scenario::fields_of(**list, i), below(here, std::to_string(i)), visit);
      }
    } else {
      visit(here, field);
    }
  }
}

std::string fingerprints(const scenario::Document& document, const Point& point, Workshop& workshop) {
  Workshop own{.pool = workshop.pool, .problems = workshop.problems, .board = workshop.board, .stop = workshop.stop};
  std::string text;
  try {
    const Outcome outcome = run_point(document, point, 0, own);
    text = fmt::format("{:x} {}", outcome.trajectory.value(),
                       results_fingerprint(record_of(point, {}, outcome)).hex());
  } catch (const Error& error) {
    text = error.what();
  }
  return text;
}

/// The point with one setting changed, or nothing when the loader refuses it.
std::optional<Point> changed(const Point& point, const std::string& path, const ordered_json& value,
                             scenario::Checker& checker) {
  ordered_json json = ordered_json::parse(point.canonical_json);
  std::string pointer;
  for (const std::string_view part : scenario::split(path)) pointer += "/" + std::string(part);
  json[ordered_json::json_pointer(pointer)] = value;
  scenario::Faults faults;
  const auto source = scenario::make_source(path, json.dump());
  const auto tree = scenario::parse(source, faults);
  Point other = point;
  other.scenario = *std::make_unique<scenario::Scenario>();
  scenario::Places places;
  if (tree) scenario::load(*tree, other.scenario, faults, places);
  if (!faults.empty()) return std::nullopt;
  checker.check_scenario(other.scenario, places, {source, 1, 1}, faults);
  // Only what was changed has to have an effect: the dump names every setting.
  scenario::EffectCheck effects;
  scenario::Places written;
  for (const auto& [at, place] : places) {
    if (scenario::is_at_or_below(path, at)) written.emplace(at, place);
  }
  effects.point(other.scenario, written);
  effects.report(faults);
  if (!faults.empty()) return std::nullopt;
  other.scenario.sheet = checker.sheet(other.scenario);
  other.canonical_json = scenario::canonical_json(other.scenario);
  other.seed = static_cast<std::uint64_t>(other.scenario.seed);
  return other;
}

class EverySetting : public testing::TestWithParam<std::string> {};

TEST_P(EverySetting, ChangesAFingerprintOrIsRefused) {
  const scenario::Document document =
      scenario::load_document(home_dir() / "scenarios" / "smoke" / (GetParam() + ".yaml"));
  ThreadPool pool(1);
  Problems problems;
  ProgressBoard board;
  const StopFlag stop = false;
  Workshop workshop{.pool = pool, .problems = problems, .board = board, .stop = stop};
  scenario::Checker checker;
  std::set<std::string> idle;
  std::size_t settings = 0;
  for (const Point& point : document.points) {
    if (point.replication > 0 || point.axes.size() > 1) continue;
    const std::string before = fingerprints(document, point, workshop);
    scenario::Scenario shape = point.scenario;
    const ordered_json json = ordered_json::parse(point.canonical_json);
    auto check_setting = [&](const std::string& path, Field& field) {
      if (is_exception(path)) return;
      std::string pointer;
      for (const std::string_view part : scenario::split(path)) pointer += "/" + std::string(part);
      bool accepted = false;
      const Others others(field, json.at(ordered_json::json_pointer(pointer)));
      for (const ordered_json& value : others.values()) {
        const auto other = changed(point, path, value, checker);
        if (!other) continue;
        accepted = true;
        ++settings;
        if (fingerprints(document, *other, workshop) != before) return;
      }
      if (accepted) idle.insert(fmt::format("{}  (in {} · {})", path, document.name, point.variant));
    };
    each_setting(scenario::collect([&](Fields& f) { shape.describe(f); }), "", check_setting);
  }
  EXPECT_GT(settings, 100U) << "the settings are really walked";
  EXPECT_TRUE(idle.empty()) << fmt::format("{} settings are accepted and change nothing:\n{}", idle.size(),
                                           fmt::join(idle, "\n"));
}

INSTANTIATE_TEST_SUITE_P(Smoke, EverySetting, testing::Values("architectures", "faults", "byzantine"));

}  // namespace
}  // namespace windtunnel::experiment
