// Checks scripts that run without a worker because they do so little: the same results before and after LibTorch has
// settled, the same refusals, and that a function which once was quick but can be slow never holds up the server. Does
// not check how quick they are (bench tensordb).
#include <gtest/gtest.h>

#include <future>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* source = R"(
def axpy(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0] * float(args[0]) + tensors[1]

def into(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].add_(tensors[1])

def repeated(tensors: List[Tensor], keys: List[str], args: List[str]):
    x = tensors[0]
    for i in range(int(args[0])):
        x = x + 1
    return x

def longer(tensors: List[Tensor], keys: List[str], args: List[str]):
    return (tensors * int(args[0]))[0]

def chosen(tensors: List[Tensor], keys: List[str], args: List[str]):
    x = tensors[0]
    if len(args) > 1:
        while True:
            x = x + 1
    return x
)";

struct SmallCalls : testing::Test {
  SmallCalls() {
    EXPECT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "5", "axpy", "into", "repeated",
                                  "longer", "chosen", "SOURCE", source})),
              "+OK");
    EXPECT_EQ(server("AI.TENSORSET a FLOAT 2 VALUES 1 2"), "+OK");
    EXPECT_EQ(server("AI.TENSORSET b FLOAT 2 VALUES 10 20"), "+OK");
  }

  /// Enough calls for LibTorch to settle; each is asked for its result.
  void settle(const std::string& line, const std::string& result) {
    for (int i = 0; i < 8; ++i) {
      ASSERT_EQ(server(line), "+OK") << "call " << i;
      ASSERT_EQ(server("AI.TENSORGET out VALUES"), result) << "call " << i;
    }
  }

  /// Whether the server answers others while the line is under way.
  bool answers_during(const std::string& line) {
    const auto other = server.connect();
    auto slow = std::async(std::launch::async, [&] { return LiveServer::ask(*other, words_of(line)); });
    bool seen_waiting = false;
    while (slow.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready && !seen_waiting) {
      seen_waiting = server.ask({"INFO", "clients"}).text.find("blocked_clients:1") != std::string::npos;
    }
    slow.wait();
    return seen_waiting;
  }

  LiveServer server{{.configuration = "save \"\"\n", .module_arguments = "SCRIPT_TIME_LIMIT_MS 300"}};
};

TEST_F(SmallCalls, TheFirstCallAndTheHundredthGiveTheSame) {
  settle("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 3", R"(["13", "26"])");
  settle("AI.SCRIPTEXECUTE s axpy INPUTS 2 a a OUTPUTS 1 out ARGS 1 -1", R"(["0", "0"])");
}

TEST_F(SmallCalls, InputsStayAsTheyAre) {
  settle("AI.SCRIPTEXECUTE s into INPUTS 2 a b OUTPUTS 1 out", R"(["11", "22"])");
  EXPECT_EQ(server("AI.TENSORGET a VALUES"), R"(["1", "2"])");
  ASSERT_EQ(server("AI.SCRIPTEXECUTE s into INPUTS 2 a b OUTPUTS 1 a"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET a VALUES"), R"(["11", "22"])");
}

TEST_F(SmallCalls, ErrorsAreOneReply) {
  settle("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 3", R"(["13", "26"])");
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 2 out out2 ARGS 1 3")[0], '-');
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 three")[0], '-');
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s axpy INPUTS 1 a OUTPUTS 1 out ARGS 1 3")[0], '-');
  EXPECT_EQ(server("PING"), "+PONG");
  EXPECT_EQ(server("AI.TENSORGET out VALUES"), R"(["13", "26"])");
  EXPECT_NE(server("AI.INFO s").find(R"("errors", :3)"), std::string::npos);
}

TEST_F(SmallCalls, NobodyWaitsForASmallOne) {
  settle("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 3", R"(["13", "26"])");
  EXPECT_FALSE(answers_during("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 3"));
}

TEST_F(SmallCalls, WhatMayTakeLongGoesToAWorker) {
  settle("AI.SCRIPTEXECUTE s repeated INPUTS 1 a OUTPUTS 1 out ARGS 1 1", R"(["2", "3"])");
  EXPECT_TRUE(answers_during("AI.SCRIPTEXECUTE s repeated INPUTS 1 a OUTPUTS 1 out ARGS 1 1000000000"));
  settle("AI.SCRIPTEXECUTE s chosen INPUTS 1 a OUTPUTS 1 out ARGS 1 x", R"(["1", "2"])");
  EXPECT_TRUE(answers_during("AI.SCRIPTEXECUTE s chosen INPUTS 1 a OUTPUTS 1 out ARGS 2 x y"));
  settle("AI.SCRIPTEXECUTE s longer INPUTS 1 a OUTPUTS 1 out ARGS 1 1", R"(["1", "2"])");
  EXPECT_TRUE(answers_during("AI.SCRIPTEXECUTE s longer INPUTS 1 a OUTPUTS 1 out ARGS 1 20000000"));
}

TEST_F(SmallCalls, LargeInputsGoToAWorker) {
  settle("AI.SCRIPTEXECUTE s axpy INPUTS 2 a b OUTPUTS 1 out ARGS 1 3", R"(["13", "26"])");
  ASSERT_EQ(server("AI.TENSORSET row FLOAT 1 8000"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET column FLOAT 8000 1"), "+OK");
  // Small tensors whose sum, broadcast, has 64 million elements.
  EXPECT_TRUE(answers_during("AI.SCRIPTEXECUTE s axpy INPUTS 2 row column OUTPUTS 1 out ARGS 1 3"));
}

}  // namespace
}  // namespace windtunnel::tensordb
