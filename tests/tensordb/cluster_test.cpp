// Checks the module on a node of a Redis cluster that holds all slots: keys of different slots in one command are
// refused with Redis's own error, whatever the order of options, and keys of one slot are served. Does not check
// several nodes: redirections are Redis's, by the same keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/failover/pair.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

class Cluster : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(server("CLUSTER ADDSLOTSRANGE 0 16383"), "+OK");
    for (int i = 0; i < 1000 && server.ask({"CLUSTER", "INFO"}).text.find("cluster_state:ok") == std::string::npos;
         ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    for (const char* key : {"{t}a", "{t}b", "{t}w", "{u}a"}) {
      ASSERT_EQ(server(std::string("AI.TENSORSET ") + key + " FLOAT 1 VALUES 3"), "+OK");
    }
    ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "{t}s", "CPU", "ENTRY_POINTS", "1", "avg", "SOURCE", main_source})),
              "+OK");
  }
  LiveServer server{{.configuration = "save \"\"\ncluster-enabled yes\nbind 127.0.0.1\nport " +
                                      std::to_string(free_port()) + "\ncluster-port " + std::to_string(free_port()) +
                                      "\n"}};
};

TEST_F(Cluster, KeysOfSeveralSlotsAreRefused) {
  for (const char* line : {
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 2 {t}a {u}a OUTPUTS 1 {t}o",
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a OUTPUTS 1 {u}o",
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a OUTPUTS 1 {u}o TIMEOUT 100",
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a ARGS 1 x OUTPUTS 1 {u}o",
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a OUTPUTS 1 {u}o ARGS 1 x",
           "AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a KEYS 1 {u}k",
           "AI.SCRIPTEXECUTE {t}s avg KEYS 1 {u}k INPUTS 1 {t}a",
           "AI.SCRIPTEXECUTE {u}s avg INPUTS 1 {t}a",
           "AI.MODELEXECUTE {t}m INPUTS 1 {u}a OUTPUTS 1 {t}o",
           "AI.MODELEXECUTE {t}m INPUTS 1 {t}a OUTPUTS 1 {u}o TIMEOUT 100",
           "AI.MODELEXECUTE {u}m INPUTS 1 {t}a OUTPUTS 1 {t}o",
           "AI.DAGEXECUTE LOAD 2 {t}a {u}a |> AI.TENSORGET {t}a",
           "AI.DAGEXECUTE LOAD 1 {t}a PERSIST 1 {u}o |> AI.TENSORSET {u}o FLOAT 1",
           "AI.DAGEXECUTE PERSIST 1 {u}o LOAD 1 {t}a |> AI.TENSORSET {u}o FLOAT 1",
           "AI.DAGEXECUTE PERSIST 2 {t}o {u}o |> AI.TENSORSET {u}o FLOAT 1 |> AI.TENSORSET {t}o FLOAT 1",
           "AI.DAGEXECUTE LOAD 1 {t}a ROUTING {u} |> AI.TENSORGET {t}a",
           "AI.DAGEXECUTE ROUTING {u} |> AI.TENSORSET x FLOAT 1 |> AI.SCRIPTEXECUTE {t}s avg INPUTS 1 x",
           "AI.DAGEXECUTE LOAD 1 {t}a |> AI.SCRIPTEXECUTE {u}s avg INPUTS 1 {t}a",
           "AI.DAGEXECUTE LOAD 1 {t}a |> AI.SCRIPTEXECUTE {t}s avg INPUTS 1 {t}a KEYS 1 {u}k",
           "AI.DAGEXECUTE LOAD 1 {t}a |> AI.MODELEXECUTE {u}m INPUTS 1 {t}a OUTPUTS 1 o",
           "AI.DAGEXECUTE_RO LOAD 2 {t}a {u}a |> AI.TENSORGET {t}a",
           "AI.DAGEXECUTE_RO LOAD 1 {t}a |> AI.MODELEXECUTE {u}m INPUTS 1 {t}a OUTPUTS 1 o",
           "TENSOR.AGGREGATE {u}o RULE mean KEYS 1 {t}a",
           "TENSOR.AGGREGATE {t}o RULE mean KEYS 2 {t}a {u}a",
           "TENSOR.UPDATE {t}w SGD GRAD {u}a",
           "TENSOR.ACCUMULATE {t}w {u}a",
           "TENSOR.AGGUPDATE {t}w SGD RULE mean KEYS 2 {t}a {u}a",
           "AI.MODELUPDATE {t}w 0.1 {u}a",
       }) {
    EXPECT_EQ(server(line), "-CROSSSLOT Keys in request don't hash to the same slot") << line;
  }
  EXPECT_EQ(server("EXISTS {t}o"), ":0");
  EXPECT_EQ(server("EXISTS {u}o"), ":0");
}

TEST_F(Cluster, KeysOfOneSlotAreServed) {
  for (const char* line : {
           "AI.SCRIPTEXECUTE {t}s avg KEYS 1 {t}k INPUTS 2 {t}a {t}b ARGS 1 {u} OUTPUTS 1 {t}o",
           "TENSOR.AGGREGATE {t}o RULE mean KEYS 2 {t}a {t}b",
           "TENSOR.UPDATE {t}w SGD GRAD {t}a",
           "TENSOR.ACCUMULATE {t}m {t}a",
           "TENSOR.AGGUPDATE {t}w SGD RULE mean KEYS 2 {t}a {t}b",
           "AI.MODELUPDATE {t}w 0.1 {t}a",
       }) {
    EXPECT_EQ(server(line), "+OK") << line;
  }
  // Names inside a DAG are no keys and hash nowhere.
  EXPECT_EQ(server("AI.DAGEXECUTE ROUTING {t} LOAD 1 {t}a PERSIST 1 {t}p |> AI.TENSORSET {u}x FLOAT 1 VALUES 5 |> "
                   "AI.SCRIPTEXECUTE {t}s avg INPUTS 2 {t}a {u}x OUTPUTS 1 {t}p |> AI.TENSORGET {t}p VALUES"),
            "[+OK, +OK, [\"4\"]]");
  EXPECT_EQ(server("AI.TENSORGET {t}p VALUES"), "[\"4\"]");
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[[\"{t}s\", \"\"]]");
}

}  // namespace
}  // namespace windtunnel::tensordb
