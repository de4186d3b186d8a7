// The rules against tests/golden/aggregation: inputs, settings and results from a slow float64 reference in numpy that was
// written from the definitions alone. Every file is read, every rule of the list has one, and a wrong result would be seen.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "matrix.h"

namespace windtunnel::aggregation::testing {
namespace {

using Json = nlohmann::json;

const std::filesystem::path folder = WINDTUNNEL_GOLDEN_AGGREGATION;

/// Puts settings into a rule. Rules within rules are written as in a scenario: {"krum": {"f": 1}}.
class Setter final : public Fields {
 public:
  explicit Setter(const Json& given) : given_(given) {}

  void field(Field field) override {
    const auto found = given_.find(std::string(field.name));
    if (found == given_.end()) return;
    ++used;
    if (auto* const whole = std::get_if<std::int64_t*>(&field.target)) **whole = found->get<std::int64_t>();
    if (auto* const some = std::get_if<std::optional<std::int64_t>*>(&field.target)) **some = found->get<std::int64_t>();
    if (auto* const real = std::get_if<double*>(&field.target)) **real = found->get<double>();
    if (auto* const flag = std::get_if<bool*>(&field.target)) **flag = found->get<bool>();
    if (auto* const choice = std::get_if<Choosable*>(&field.target)) {
      (*choice)->select(found->begin().key());
      Setter inner(found->begin().value());
      (*choice)->describe(inner);
      EXPECT_EQ(inner.used, found->begin().value().size()) << "every setting is one of the inner rule's";
    }
  }
  std::size_t used = 0;

 private:
  const Json& given_;
};

double number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  return value == "nan" ? std::nan("") : value == "inf" ? HUGE_VAL : -HUGE_VAL;
}

std::vector<double> numbers(const Json& list) {
  std::vector<double> all;
  for (const Json& each : list) all.push_back(number(each));
  return all;
}

std::vector<float> floats(const Json& all, const std::string& name) {
  if (!all.contains(name)) return {};
  const std::vector<double> values = numbers(all[name]);
  return {values.begin(), values.end()};
}

struct Result {
  std::vector<float> out;
  std::vector<std::size_t> left_out;
};

Result result_of(std::string_view name, const Json& test) {
  const auto subject = rule(name);
  Setter setter(test["parameters"]);
  subject->describe(setter);
  EXPECT_EQ(setter.used, test["parameters"].size()) << "every setting is one of the rule's";
  Matrix matrix;
  for (const Json& row : test["rows"]) {
    const std::vector<double> values = numbers(row);
    matrix.values.emplace_back(values.begin(), values.end());
  }
  const std::vector<float> own = floats(test, "own"), previous = floats(test, "previous"), reference = floats(test, "reference");
  Result result{std::vector<float>(matrix.d()), {}};
  result.left_out =
      subject->aggregate(matrix.rows(), {.own = own, .previous = previous, .reference = reference}, result.out).left_out;
  return result;
}

/// How far the result is from the expected one, in the unit that is allowed: 1e-6 of its largest value and two of the
/// smallest floats.
double off(const std::vector<float>& got, const std::vector<double>& wanted) {
  double largest = 0, worst = 0;
  for (const double w : wanted) largest = std::isfinite(w) ? std::max(largest, std::abs(w)) : largest;
  const double allowed = 1e-6 * largest + 2 * 1.5e-45;
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    const bool same = std::isfinite(wanted[j]) ? std::isfinite(got[j]) : std::isnan(wanted[j]) ? std::isnan(got[j])
                                                                                               : double{got[j]} == wanted[j];
    worst = std::max(worst, !same ? HUGE_VAL : std::isfinite(wanted[j]) ? std::abs(got[j] - wanted[j]) / allowed : 0.0);
  }
  return worst;
}

Json file(std::string_view name) {
  std::ifstream in(folder / (std::string(name) + ".json"));
  EXPECT_TRUE(in) << name << " has no conformance vectors";
  return Json::parse(in);
}

class Golden : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Golden, AgreesWithTheReference) {
  const Json all = file(GetParam());
  EXPECT_EQ(all["rule"], GetParam());
  EXPECT_GE(all["cases"].size(), 8U);
  for (const Json& test : all["cases"]) {
    SCOPED_TRACE(test["name"].get<std::string>());
    const Result result = result_of(GetParam(), test);
    EXPECT_LE(off(result.out, numbers(test["expected"])), 1)
        << ::testing::PrintToString(result.out) << ", wanted " << test["expected"];
    EXPECT_EQ(result.left_out, test["left_out"].get<std::vector<std::size_t>>());
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, Golden, ::testing::ValuesIn(names_of(rules())),
                         [](const auto& each) { return std::string(each.param); });

TEST(GoldenFiles, AreOfRulesOnTheList) {
  std::set<std::string> names;
  for (const auto& entry : rules()) names.emplace(entry.name);
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    if (each.path().extension() != ".json") continue;
    EXPECT_TRUE(names.contains(each.path().stem())) << each.path();
  }
}

TEST(GoldenFiles, TellRulesApart) {
  // The comparison can fail: a rule does not pass another one's vectors, nor its own after a change in the seventh digit.
  const Json all = file("trimmed_mean");
  int median = 0, changed = 0;
  for (const Json& test : all["cases"]) {
    Json without = test;
    without["parameters"] = Json::object();
    median += off(result_of("median", without).out, numbers(test["expected"])) > 1;
    std::vector<double> wanted = numbers(test["expected"]);
    const auto largest = std::max_element(wanted.begin(), wanted.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    *largest *= 1 + 2e-6;
    changed += off(result_of("trimmed_mean", test).out, wanted) > 1;
  }
  EXPECT_GE(median, 6);
  EXPECT_GE(changed, 10);
}

}  // namespace
}  // namespace windtunnel::aggregation::testing
