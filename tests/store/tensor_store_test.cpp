// Checks the client against live embedded servers: what is set comes back to the bit, aggregates and updates equal the
// C++ rules and optimizers (exactly by native commands, to 1e-6 by TorchScript), errors name key and server, peers are
// kept apart. Does not check speed, nor a genuine RedisAI (the TorchScript side runs on our module with NATIVE no).
#include "store/tensor_store.h"

#include <gmock/gmock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include "aggregation/optimizer.h"
#include "aggregation/rules.h"
#include "base/error.h"
#include "store/embedded_server.h"
#include "tests/store/throws.h"

namespace windtunnel::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::vector<float>;

/// Reproducible values of a gradient's size and spread.
Values values(std::size_t n, std::uint32_t seed) {
  std::mt19937 engine(seed);
  Values all(n);
  for (float& v : all) v = static_cast<float>(static_cast<double>(engine()) / 4294967296.0 - 0.5);
  return all;
}

/// A server with the native commands and one without.
class TensorStoreTest : public testing::TestWithParam<bool> {
 protected:
  static void TearDownTestSuite() {
    native_.reset();
    scripted_.reset();
  }

  /// Started by the first test that needs it.
  static EmbeddedServer& server() {
    std::optional<EmbeddedServer>& wanted = GetParam() ? native_ : scripted_;
    if (!wanted) wanted.emplace(EmbeddedServer::Options{.module_arguments = {"NATIVE", GetParam() ? "yes" : "no"}});
    return *wanted;
  }
  TensorStore open(std::string_view name) {
    const Database database = server().create_database(name);
    return TensorStore(database.address, {.prefix = database.prefix});
  }
  /// The name of a database that no other test uses.
  static std::string fresh() {
    return testing::UnitTest::GetInstance()->current_test_info()->test_suite_name()[0] + std::to_string(++count_);
  }

  static inline std::optional<EmbeddedServer> native_, scripted_;
  static inline int count_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Dialects, TensorStoreTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "Native" : "TorchScript"; });

TEST_P(TensorStoreTest, KnowsWhatTheServerCanDo) {
  TensorStore store = open(fresh());
  EXPECT_EQ(store.capabilities().native, GetParam());
  EXPECT_THAT(store.capabilities().redis_version, testing::AnyOf(testing::StartsWith("7."), testing::StartsWith("8.")));
}

TEST_P(TensorStoreTest, WhatIsSetComesBackToTheBit) {
  TensorStore store = open(fresh());
  const float odd[] = {0.0F,
                       -0.0F,
                       std::numeric_limits<float>::denorm_min(),
                       std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::max(),
                       std::nanf("7")};
  store.set("odd", odd);
  const Values back = store.get("odd");
  ASSERT_EQ(back.size(), std::size(odd));
  EXPECT_EQ(std::memcmp(back.data(), odd, sizeof odd), 0);
  for (const std::size_t n : {1U, 127U, 128U, 129U, 5000U, 1'000'000U}) {  // around the sizes that take another path
    const Values sent = values(n, static_cast<std::uint32_t>(n));
    store.set("w", sent);
    EXPECT_EQ(store.get("w"), sent) << n;
    Values into(n);
    store.get_into("w", into);
    EXPECT_EQ(into, sent) << n;
  }
}

TEST_P(TensorStoreTest, ManyAreSetWithOneWait) {
  TensorStore store = open(fresh());
  const Values a = values(10, 1), b = values(100'000, 2), c = values(3, 3);
  const NamedTensor all[] = {{"a", a}, {"b", b}, {"c", c}};
  store.set_many(all);
  EXPECT_EQ(store.get("a"), a);
  EXPECT_EQ(store.get("b"), b);
  EXPECT_EQ(store.get("c"), c);
}

TEST_P(TensorStoreTest, ListsAndErasesItsOwnKeysOnly) {
  TensorStore store = open(fresh()), other = open(fresh());
  const Values one = {1};
  for (const char* key : {"g*2", "g1", "w"}) store.set(key, one);
  other.set("g9", one);
  EXPECT_THAT(store.keys(), ElementsAre("g*2", "g1", "w"));
  EXPECT_THAT(store.keys("g"), ElementsAre("g*2", "g1"));
  EXPECT_THAT(store.keys("g*"), ElementsAre("g*2"));
  EXPECT_TRUE(store.exists("w"));
  const std::vector<std::string> some = {"w", "g1", "nothing"};
  EXPECT_EQ(store.erase(some), 2);
  EXPECT_FALSE(store.exists("w"));
  EXPECT_THAT(other.keys(), ElementsAre("g9"));
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// A rule of the list; a pre-aggregation with another before Krum: settings within settings within settings.
Choice<aggregation::Rule> with_a_rule_behind(std::string_view name) {
  struct Nest final : Fields {
    std::string_view behind = "bucketing";
    void field(Field field) override {
      auto* const choice = std::get_if<Choosable*>(&field.target);
      if (choice == nullptr) return;
      (*choice)->select(std::exchange(behind, "median"));
      if ((*choice)->selected() == "bucketing") (*choice)->describe(*this);
    }
  } nest;
  Choice<aggregation::Rule> rule(aggregation::rules(), name);
  rule.describe(nest);
  return rule;
}

TEST_P(TensorStoreTest, EveryRuleEqualsTheCppRule) {
  TensorStore store = open(fresh());
  for (const std::size_t n : {1U, 5U, 9U}) {
    std::vector<Values> gradients;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < n; ++i) {
      gradients.push_back(values(40'000, static_cast<std::uint32_t>(100 * n + i)));
      keys.push_back(fmt::format("g{}", i));
      store.set(keys.back(), gradients.back());
    }
    const std::vector<aggregation::Row> rows(gradients.begin(), gradients.end());
    for (const std::string_view name : names_of(aggregation::rules())) {
      // Behind a pre-aggregation a rule with settings of its own.
      const Choice<aggregation::Rule> rule = with_a_rule_behind(name);
      if (static_cast<std::int64_t>(n) < rule->minimum_rows()) continue;
      if (!GetParam() && !one_of(name, {"mean", "median", "trimmed_mean", "krum", "meamed"})) {
        EXPECT_THAT(message_of<InputError>([&] { store.aggregate("out", Operation::of(rule), keys); }), HasSubstr("RedisAI's commands only"));
        continue;
      }
      Values expected(40'000);
      const aggregation::Wants wants = rule->wants();
      const auto row = [&](bool wanted) { return wanted ? rows[0] : aggregation::Row(); };
      const auto key = [&](bool wanted) { return wanted ? keys[0] : ""; };
      rule->aggregate(rows, {.own = row(wants.own), .previous = row(wants.previous), .reference = row(wants.reference)}, expected);
      store.aggregate("out", Operation::of(rule), keys,
                      {.own = key(wants.own), .previous = key(wants.previous), .reference = key(wants.reference)});
      const Values got = store.get("out");
      if (GetParam()) {
        EXPECT_EQ(got, expected) << name << " of " << n;
      } else {
        EXPECT_THAT(got, testing::Pointwise(testing::FloatNear(1e-6F), expected)) << name << " of " << n;
      }
    }
  }
}

TEST_P(TensorStoreTest, RobustRulesStayFiniteUnderNotANumber) {
  TensorStore store = open(fresh());
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<Values> gradients = {{1, 2, 3}, {2, 3, 4}, {NAN, inf, -inf}, {3, 4, 5}, {4, 5, 6}};
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    keys.push_back(std::to_string(i));
    store.set(keys.back(), gradients[i]);
  }
  const std::vector<aggregation::Row> rows(gradients.begin(), gradients.end());
  for (const char* name : {"median", "trimmed_mean", "krum", "meamed"}) {
    const Choice<aggregation::Rule> rule(aggregation::rules(), name);
    Values expected(3);
    rule->aggregate(rows, expected);
    store.aggregate("out", Operation::of(rule), keys);
    EXPECT_THAT(store.get("out"), testing::Pointwise(testing::FloatNear(1e-6F), expected)) << name;
  }
}

/// `steps` steps of `choice` in process and in the database from the same start.
struct Walk {
  Values in_process, in_database;
};
Walk walk(TensorStore& store, const Choice<aggregation::Optimizer>& choice, int steps) {
  constexpr std::size_t n = 50'000;
  Values weights = values(n, 1);
  aggregation::OptimizerState state;
  store.set("w", weights);
  for (int i = 0; i < steps; ++i) {
    const Values gradient = values(n, 1000U + static_cast<std::uint32_t>(i));
    store.set("g", gradient);
    choice->step(weights, gradient, state);
    store.update("w", Operation::of(choice), "g");
  }
  return {std::move(weights), store.get("w")};
}

TEST_P(TensorStoreTest, EveryOptimizerWalksTheSameWay) {
  TensorStore store = open(fresh());
  std::vector<Choice<aggregation::Optimizer>> choices;
  for (const double momentum : {0.0, 0.9}) {
    auto sgd = std::make_shared<aggregation::Sgd>();
    sgd->momentum = momentum;
    sgd->weight_decay = 0.01;
    choices.push_back({aggregation::optimizers(), "sgd"});
    // The settings of a Choice are set by describing it, as the scenario loader does.
    struct Set final : Fields {
      double value;
      explicit Set(double v) : value(v) {}
      void field(Field f) override {
        if (f.name == "momentum") *std::get<double*>(f.target) = value;
        if (f.name == "weight_decay") *std::get<double*>(f.target) = 0.01;
      }
    } set(momentum);
    choices.back().describe(set);
  }
  choices.push_back({aggregation::optimizers(), "adam"});
  for (const auto& choice : choices) {
    const Walk walked = walk(store, choice, 5);
    if (GetParam()) {
      EXPECT_EQ(walked.in_database, walked.in_process) << choice.selected();
    } else {
      EXPECT_THAT(walked.in_database, testing::Pointwise(testing::FloatNear(1e-6F), walked.in_process))
          << choice.selected();
    }
    EXPECT_THAT(store.keys(), ElementsAre("g", "w"));  // the optimizer's memory is not listed
  }
}

TEST_P(TensorStoreTest, SettingParametersForgetsTheOptimizer) {
  TensorStore store = open(fresh());
  const Choice<aggregation::Optimizer> adam(aggregation::optimizers(), "adam");
  const Values first = walk(store, adam, 3).in_database;
  EXPECT_EQ(walk(store, adam, 3).in_database, first);
}

// A dump goes on where the original would: the optimizer's memory comes along.
TEST_P(TensorStoreTest, ADumpCarriesTheOptimizersMemoryToAnotherStore) {
  TensorStore store = open(fresh()), other = open(fresh());
  const Choice<aggregation::Optimizer> adam(aggregation::optimizers(), "adam");
  const Values taken = walk(store, adam, 3).in_database;
  other.set("w", values(taken.size(), 7));
  other.restore("w", store.dump("w"));
  EXPECT_EQ(other.get("w"), taken);
  const Values gradient = values(taken.size(), 8);
  for (TensorStore* each : {&store, &other}) {
    each->set("g", gradient);
    each->update("w", Operation::of(adam), "g");
  }
  EXPECT_EQ(other.get("w"), store.get("w"));
  EXPECT_THAT(message_of<RunError>([&] { store.dump("nothing"); }), HasSubstr("nothing"));
}

TEST_P(TensorStoreTest, ErrorsNameKeyAndServerAndNoPassword) {
  TensorStore store = open(fresh());
  const std::string place = server().socket().string();
  const auto message = [&](auto call) { return message_of<RunError>(call); };
  const std::string missing = message([&] { store.get("nothing"); });
  EXPECT_THAT(missing, HasSubstr("nothing"));
  EXPECT_THAT(missing, HasSubstr(place));
  EXPECT_THAT(missing, testing::Not(HasSubstr(store.address().password)));
  const Values three = {1, 2, 3}, two = {1, 2};
  store.set("three", three);
  store.set("two", two);
  Values wrong(2);
  EXPECT_THAT(message([&] { store.get_into("three", wrong); }), HasSubstr("3 values"));
  const std::vector<std::string> unequal = {"two", "three"};
  EXPECT_THAT(message([&] { store.aggregate("out", {"mean", {}}, unequal); }), HasSubstr("out"));
  EXPECT_FALSE(store.exists("out"));
  const std::vector<std::string> one = {"two"};
  EXPECT_THAT(message([&] { store.aggregate("out", {"krum", {{"f", "1"}}}, one); }), HasSubstr("krum"));
  EXPECT_EQ(store.get("two"), two);
}

TEST_P(TensorStoreTest, UnknownRulesAreRefusedWithTheKnownOnes) {
  TensorStore store = open(fresh());
  const Values two = {1, 2};
  store.set("a", two);
  const std::vector<std::string> keys = {"a"};
  EXPECT_THAT(message_of<Error>([&] {
                store.aggregate("out", {"meen", {}}, keys);
              }),
              testing::AllOf(HasSubstr("mean"), HasSubstr("median")));
}

TEST_P(TensorStoreTest, PeersCannotReachEachOthersTensors) {
  TensorStore store = open(fresh()), other = open(fresh());
  const Values secret = {42};
  other.set("w", secret);
  const std::string prefix = other.address().user.substr(5) + ":";  // "peer-<name>" owns "<name>:"
  const Database mine = server().create_database(fresh());
  TensorStore intruder(mine.address, {.prefix = prefix});
  EXPECT_THAT(message_of<RunError>([&] { intruder.get("w"); }), HasSubstr("NOPERM"));
  EXPECT_THAT(message_of<RunError>([&] { intruder.set("w", secret); }), HasSubstr("NOPERM"));
  const std::vector<std::string> keys = {"w"};
  EXPECT_THAT(message_of<RunError>([&] { intruder.erase(keys); }), HasSubstr("NOPERM"));
  EXPECT_THAT(message_of<RunError>([&] { intruder.aggregate("w", {"mean", {}}, keys); }), HasSubstr("NOPERM"));
  EXPECT_EQ(other.get("w"), secret);
}

TEST_P(TensorStoreTest, WrongPasswordIsRefused) {
  Address address = server().create_database(fresh()).address;
  address.password = "not-the-password";
  const std::string message = message_of<RunError>([&] { TensorStore store(address); });
  EXPECT_THAT(message, HasSubstr("refuses"));
  EXPECT_THAT(message, testing::Not(HasSubstr("not-the-password")));
}

}  // namespace
}  // namespace windtunnel::store
