// Checks the TENSOR.* commands against each other and against src/aggregation on tensors of many blocks: fused and
// separate operations, running mean and mean of all, one worker and several give the same bits. Speed is not checked.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "aggregation/rules.h"
#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

using testing::StartsWith;

constexpr std::size_t large = 300'001;  // several parts, the last one short

class Native : public testing::TestWithParam<int> {
 protected:
  void set(const std::string& key, std::uint32_t seed, std::size_t n = large) {
    std::mt19937 engine(seed);
    std::vector<float> values(n);
    for (float& v : values) v = static_cast<float>(static_cast<double>(engine()) / 4294967296.0 - 0.5);
    const std::string blob(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    ASSERT_EQ(text_of(server.ask({"AI.TENSORSET", key, "FLOAT", std::to_string(n), "BLOB", blob})), "+OK");
  }
  std::string blob(const std::string& key) { return server.ask({"AI.TENSORGET", key, "BLOB"}).text; }
  void gradients(int n) {
    for (int i = 0; i < n; ++i) set(fmt::format("g{}", i), 10U + static_cast<std::uint32_t>(i));
  }
  static std::string keys(int n) {
    std::string text = " KEYS " + std::to_string(n);
    for (int i = 0; i < n; ++i) text += " g" + std::to_string(i);
    return text;
  }

  LiveServer server{{.module_arguments = "THREADS " + std::to_string(GetParam())}};
};

INSTANTIATE_TEST_SUITE_P(Threads, Native, testing::Values(1, 4));

/// Every rule with its default settings and all that it may want, and one in three steps.
std::vector<std::string> rule_lines() {
  std::vector<std::string> lines{"bulyan PARAMS f 0", "clip PARAMS norm 3 rule nnm rule.rule trimmed_mean rule.rule.f 1",
                                 "meamed PARAMS f 2"};
  for (const std::string_view name : names_of(aggregation::rules())) {
    if (name != "bulyan") lines.push_back(std::string(name) + " OWN g0 PREVIOUS g1 REFERENCE g2");
  }
  return lines;
}

TEST_P(Native, FusedEqualsBothApart) {
  gradients(5);
  for (const std::string& rule : rule_lines()) {
    for (const char* optimizer : {"SGD PARAMS learning_rate 0.1", "MOMENTUM PARAMS weight_decay 0.01", "ADAM"}) {
      set("w", 1);
      set("v", 1);
      for (int step = 0; step < 2; ++step) {
        ASSERT_EQ(server("TENSOR.AGGREGATE m RULE " + rule + keys(5)), "+OK") << rule;
        ASSERT_EQ(server(std::string("TENSOR.UPDATE v ") + optimizer + " GRAD m"), "+OK");
        ASSERT_EQ(server(std::string("TENSOR.AGGUPDATE w ") + optimizer + " RULE " + rule + keys(5)), "+OK");
      }
      EXPECT_EQ(blob("w"), blob("v")) << rule << ", " << optimizer;
      EXPECT_EQ(server("DEBUG DIGEST-VALUE w"), server("DEBUG DIGEST-VALUE v"));  // the optimizer's memory too
      if (!rule.starts_with("mean") && !rule.starts_with("median")) break;  // one optimizer will do
    }
  }
}

TEST_P(Native, RowsWithNotANumberAreLeftOut) {
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 VALUES 1 1"), "+OK");
  const std::string nan_and_one("\0\0\xc0\x7f\0\0\x80\x3f", 8);
  ASSERT_EQ(text_of(server.ask({"AI.TENSORSET", "b", "FLOAT", "2", "BLOB", nan_and_one})), "+OK");
  ASSERT_EQ(server("AI.TENSORSET c FLOAT 2 VALUES 3 5"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE o RULE median KEYS 3 a b c"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), R"(["2", "3"])");
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE median KEYS 2 b b"),
            "-ERR median: 2 of 2 updates hold NaN or infinity; at least 1 without are needed");
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 2 VALUES 0 0"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGUPDATE w SGD PARAMS learning_rate 1 RULE trimmed_mean PARAMS f 1 KEYS 3 a b c"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET w VALUES"), R"(["-2", "-3"])");
}

TEST_P(Native, RulesSayWhatTheyWantAtHand) {
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 1 VALUES 1"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET long FLOAT 2 VALUES 1 1"), "+OK");
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE monna PARAMS f 0 KEYS 1 a"),
            "-ERR monna with f = 0 wants OWN, the key of the own update");
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE fltrust KEYS 1 a"), "-ERR fltrust wants REFERENCE, the key of an update to trust");
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE fltrust REFERENCE long KEYS 1 a"), "-ERR tensors of one shape are wanted");
  EXPECT_THAT(server("TENSOR.AGGREGATE o RULE fltrust REFERENCE nosuch KEYS 1 a"), testing::HasSubstr("ERR"));
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE fltrust REFERENCE"), "-ERR wrong number of arguments for 'tensor.aggregate' command");
  EXPECT_EQ(server("TENSOR.AGGREGATE o RULE mean PARAMS OWN a b c"), "-ERR KEYS is missing in TENSOR.AGGREGATE");
  EXPECT_THAT(server("TENSOR.AGGREGATE o RULE clip PARAMS rule krumm KEYS 1 a"), testing::HasSubstr("did you mean \"krum\"?"));
  EXPECT_THAT(server("TENSOR.AGGREGATE o RULE clip PARAMS rule krum rule.g 1 KEYS 1 a"),
              testing::HasSubstr("unknown setting \"rule.g\""));
  ASSERT_EQ(server("TENSOR.AGGREGATE o RULE centered_clipping PREVIOUS a KEYS 1 a"), "+OK");
}

TEST_P(Native, RunningMeanIsTheMean) {
  gradients(7);
  for (int n = 1; n <= 7; ++n) {
    ASSERT_EQ(server("TENSOR.ACCUMULATE sum g" + std::to_string(n - 1)), "+OK");
    ASSERT_EQ(server("TENSOR.AGGREGATE mean RULE mean" + keys(n)), "+OK");
    EXPECT_EQ(blob("sum"), blob("mean")) << n;
  }
  EXPECT_EQ(server("DEBUG RELOAD"), "+OK");  // the sum is saved with its mean
  set("g7", 99);
  ASSERT_EQ(server("TENSOR.ACCUMULATE sum g7"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE mean RULE mean" + keys(8)), "+OK");
  EXPECT_EQ(blob("sum"), blob("mean"));
}

TEST_P(Native, ATensorThatWasSetCountsAsTheFirstValue) {
  gradients(2);
  ASSERT_EQ(server("COPY g0 sum"), ":1");
  ASSERT_EQ(server("TENSOR.ACCUMULATE sum g1"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE mean RULE mean" + keys(2)), "+OK");
  EXPECT_EQ(blob("sum"), blob("mean"));
}

TEST_P(Native, SpirtsCommandIsAnAlias) {
  gradients(3);
  set("w", 1);
  set("v", 1);
  ASSERT_EQ(server("AI.MODELUPDATE w 0.1 g0 g1 g2"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGUPDATE v SGD PARAMS learning_rate 0.1 RULE mean" + keys(3)), "+OK");
  EXPECT_EQ(blob("w"), blob("v"));
}

TEST_P(Native, ResultsDoNotDependOnTheThreads) {
  gradients(5);
  set("w", 1);
  ASSERT_EQ(server("TENSOR.AGGUPDATE w ADAM RULE meamed" + keys(5)), "+OK");
  ASSERT_EQ(server("TENSOR.ACCUMULATE w g0"), "+OK");
  const std::string here = blob("w");
  LiveServer other({.module_arguments = "THREADS 2"});
  for (int i = 0; i < 5; ++i) {
    other.ask({"AI.TENSORSET", "g" + std::to_string(i), "FLOAT", std::to_string(large), "BLOB",
               blob("g" + std::to_string(i))});
  }
  set("w", 1);
  other.ask({"AI.TENSORSET", "w", "FLOAT", std::to_string(large), "BLOB", blob("w")});
  ASSERT_EQ(other("TENSOR.AGGUPDATE w ADAM RULE meamed" + keys(5)), "+OK");
  ASSERT_EQ(other("TENSOR.ACCUMULATE w g0"), "+OK");
  EXPECT_EQ(other.ask({"AI.TENSORGET", "w", "BLOB"}).text, here);
}

TEST_P(Native, WrongLinesAreRefused) {
  gradients(2);
  set("short", 1, 3);
  for (const char* line :
       {"TENSOR.ACCUMULATE sum", "TENSOR.ACCUMULATE sum missing", "TENSOR.ACCUMULATE g0 short",
        "TENSOR.AGGUPDATE g0 SGD KEYS 1 g1", "TENSOR.AGGUPDATE g0 SGD RULE mean KEYS 2 g1",
        "TENSOR.AGGUPDATE g0 SGD RULE krum KEYS 1 g1", "TENSOR.AGGUPDATE g0 SGD RULE mean KEYS 1 short",
        "TENSOR.AGGUPDATE missing SGD RULE mean KEYS 1 g1", "AI.MODELUPDATE g0 fast g1", "AI.MODELUPDATE g0 0.1"}) {
    EXPECT_THAT(server(line), StartsWith("-ERR")) << line;
  }
  EXPECT_EQ(server("EXISTS sum missing"), ":0");
}

TEST_P(Native, TheServerAnswersMeanwhile) {
  gradients(4);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    const auto connection = server.connect();
    while (!stop) LiveServer::ask(*connection, words_of("TENSOR.AGGREGATE out RULE meamed" + keys(4)));
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(server("PING"), "+PONG");
  EXPECT_EQ(server("AI.TENSORSET x FLOAT 1 VALUES 1"), "+OK");
  stop = true;
  busy.join();
}

}  // namespace
}  // namespace windtunnel::tensordb
