// Checks that Redis knows every key a command touches and how, in every order of its options, so that ACL patterns
// hold: a user may reach nothing else. Genuine RedisAI loses the keys of the last block.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::StartsWith;

class Access : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "1", "avg", "SOURCE", main_source})),
              "+OK");
    for (const char* key : {"a", "b", "r1", "r2", "w1"}) {
      ASSERT_EQ(server(std::string("AI.TENSORSET ") + key + " FLOAT 1 VALUES 3"), "+OK");
    }
  }
  LiveServer server;
};

TEST_F(Access, GetkeysKnowsEveryKeyAndItsUse) {
  const std::string script = "[\"s\", [+RO, +access]]", in = "[\"a\", [+RO, +access]]", out = "[\"o\", [+OW, +update]]",
                    key = "[\"k\", [+RW, +access, +update]]";
  const auto keys = [&](const std::string& line) { return server("COMMAND GETKEYSANDFLAGS " + line); };
  EXPECT_EQ(keys("AI.SCRIPTEXECUTE s f INPUTS 1 a OUTPUTS 1 o"), "[" + script + ", " + in + ", " + out + "]");
  EXPECT_EQ(keys("AI.SCRIPTEXECUTE s f INPUTS 1 a OUTPUTS 1 o ARGS 2 x y TIMEOUT 5"),
            "[" + script + ", " + in + ", " + out + "]");
  EXPECT_EQ(keys("AI.SCRIPTEXECUTE s f KEYS 1 k OUTPUTS 1 o ARGS 1 INPUTS INPUTS 1 a"),
            "[" + script + ", " + key + ", " + out + ", " + in + "]");
  EXPECT_EQ(keys("AI.SCRIPTEXECUTE s f INPUTS 1 INPUTS OUTPUTS 1 OUTPUTS"),
            "[" + script + ", [\"INPUTS\", [+RO, +access]], [\"OUTPUTS\", [+OW, +update]]]");
  EXPECT_EQ(keys("AI.TENSORSET o FLOAT 1 VALUES 1"), "[" + out + "]");
  EXPECT_EQ(keys("AI.TENSORGET a VALUES"), "[" + in + "]");
  EXPECT_EQ(keys("AI.SCRIPTDEL a"), "[[\"a\", [+RM, +delete]]]");
  EXPECT_EQ(keys("TENSOR.AGGREGATE o RULE krum PARAMS f 1 KEYS 1 a"), "[" + out + ", " + in + "]");
  const std::string own = in;
  EXPECT_EQ(keys("TENSOR.AGGREGATE o RULE monna OWN a KEYS 1 a"), "[" + out + ", " + own + ", " + in + "]");
  EXPECT_EQ(keys("TENSOR.UPDATE k SGD PARAMS learning_rate 1 GRAD a"), "[" + key + ", " + in + "]");
}

TEST_F(Access, AUserReachesHisPatternsOnly) {
  ASSERT_EQ(server("ACL SETUSER u on >pw ~r* ~s +@all"), "+OK");
  const auto user = server.connect("u");
  const auto ask = [&](const std::string& line) { return text_of(LiveServer::ask(*user, words_of(line))); };
  for (const char* line :
       {"AI.TENSORGET a",
        "AI.TENSORGET b VALUES",
        "AI.TENSORSET b FLOAT 1 VALUES 9",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 b",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 b OUTPUTS 1 r1",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 b TIMEOUT 100",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 b ARGS 1 x",
        "AI.SCRIPTEXECUTE s avg KEYS 1 b INPUTS 1 r1 OUTPUTS 1 r2",
        "AI.SCRIPTSTORE b CPU ENTRY_POINTS 1 f SOURCE x",
        "AI.SCRIPTDEL b",
        "AI.SCRIPTGET b",
        "AI.INFO b",
        "TENSOR.AGGREGATE b RULE mean KEYS 1 r1",
        "TENSOR.AGGREGATE r1 RULE mean KEYS 2 r1 b",
        "TENSOR.UPDATE b SGD GRAD r1",
        "TENSOR.UPDATE r1 SGD GRAD b",
        "TENSOR.RESTORE b \"\\x01\\x01\\x00\\x00\" abcd",
        "AI.DAGEXECUTE LOAD 1 b |> AI.TENSORGET b VALUES",
        "AI.DAGEXECUTE_RO LOAD 2 r1 b |> AI.TENSORGET b VALUES",
        "AI.DAGEXECUTE ROUTING b |> AI.TENSORSET r1 FLOAT 1",
        "AI.DAGEXECUTE PERSIST 1 b |> AI.TENSORSET b FLOAT 1",
        "AI.DAGEXECUTE PERSIST 2 r1 b LOAD 1 r2 |> AI.TENSORGET r2",
        "AI.DAGEXECUTE LOAD 1 r1 TIMEOUT 5 PERSIST 1 b |> AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 b",
        "AI.DAGEXECUTE LOAD 1 r1 |> AI.SCRIPTEXECUTE b avg INPUTS 1 r1 OUTPUTS 1 r2",
        "AI.DAGEXECUTE LOAD 1 r1 |> AI.TENSORGET r1 |> AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 o KEYS 1 b",
        "AI.DAGEXECUTE LOAD 1 r1 |> AI.SCRIPTEXECUTE s avg INPUTS 1 r1 KEYS 1 b OUTPUTS 1 o",
        "AI.DAGEXECUTE LOAD 1 r1 |> AI.MODELEXECUTE b INPUTS 1 r1 OUTPUTS 1 r2",
        "AI.DAGEXECUTE_RO LOAD 1 r1 |> AI.MODELEXECUTE b INPUTS 1 r1 OUTPUTS 1 r2"}) {
    EXPECT_THAT(ask(line), StartsWith("-NOPERM")) << line;
  }
  for (const char* line : {"AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 r3",
                           "TENSOR.AGGREGATE r4 RULE mean KEYS 2 r1 r2", "TENSOR.UPDATE r1 SGD GRAD r2"}) {
    EXPECT_EQ(ask(line), "+OK") << line;
  }
  // Names inside a DAG are no keys: nothing of the key space is read or written by them.
  EXPECT_EQ(ask("AI.DAGEXECUTE LOAD 1 r1 PERSIST 1 r5 |> AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 b |> "
                "AI.TENSORSET r5 FLOAT 1 VALUES 2 |> AI.TENSORGET r5 VALUES"),
            "[+OK, +OK, [\"2\"]]");
  EXPECT_EQ(server("AI.TENSORGET b VALUES"), "[\"3\"]");
}

TEST_F(Access, ReadAndWritePatternsAreKeptApart) {
  ASSERT_EQ(server("ACL SETUSER u on >pw %R~r* %W~w* %R~s +@all"), "+OK");
  const auto user = server.connect("u");
  const auto ask = [&](const std::string& line) { return text_of(LiveServer::ask(*user, words_of(line))); };
  EXPECT_EQ(ask("AI.TENSORGET r1 VALUES"), "[\"3\"]");
  EXPECT_EQ(ask("AI.TENSORSET w2 FLOAT 1 VALUES 1"), "+OK");
  EXPECT_EQ(ask("AI.SCRIPTEXECUTE s avg INPUTS 2 r1 r2 OUTPUTS 1 w1"), "+OK");
  EXPECT_EQ(ask("TENSOR.AGGREGATE w1 RULE mean KEYS 2 r1 r2"), "+OK");
  EXPECT_EQ(ask("AI.DAGEXECUTE LOAD 1 r1 PERSIST 1 w1 |> AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 w1"), "[+OK]");
  for (const char* line :
       {"AI.DAGEXECUTE LOAD 1 w1 |> AI.TENSORGET w1", "AI.DAGEXECUTE_RO LOAD 1 w1 |> AI.TENSORGET w1",
        "AI.DAGEXECUTE PERSIST 1 r1 |> AI.TENSORSET r1 FLOAT 1",
        "AI.DAGEXECUTE LOAD 1 r2 PERSIST 1 r1 |> AI.SCRIPTEXECUTE s avg INPUTS 1 r2 OUTPUTS 1 r1", "AI.TENSORGET w1",
        "AI.TENSORSET r1 FLOAT 1 VALUES 1", "AI.SCRIPTEXECUTE s avg INPUTS 1 w1 OUTPUTS 1 w2",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 r1 OUTPUTS 1 r2", "TENSOR.UPDATE w1 SGD GRAD r1",
        "TENSOR.UPDATE r1 SGD GRAD r2", "TENSOR.AGGREGATE r1 RULE mean KEYS 1 r2"}) {
    EXPECT_THAT(ask(line), StartsWith("-NOPERM")) << line;
  }
}

}  // namespace
}  // namespace windtunnel::tensordb
