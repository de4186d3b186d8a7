// Checks AI.DAGEXECUTE and AI.DAGEXECUTE_RO beyond their replies (replies.txt): tensors are local, what is loaded and
// persisted is of one moment, all or nothing; time and memory are bounded; no line ends the server or gets two replies;
// the results survive a restart. Does not check access to keys (access_test), models (model_test) or replicas
// (persistence_test).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Dag : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 2 VALUES 1 2 3 4"), "+OK");
    ASSERT_EQ(server("AI.TENSORSET b FLOAT 2 2 VALUES 3 4 5 6"), "+OK");
  }
  void TearDown() override {
    ASSERT_TRUE(server.alive());
    EXPECT_EQ(server("AI.TENSORGET a VALUES"), "[\"1\", \"2\", \"3\", \"4\"]");
    EXPECT_EQ(server("PING"), "+PONG");
  }
  void store_main() {
    ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "6", "avg", "two", "work", "nap",
                                  "forever", "in_place", "SOURCE", main_source})),
              "+OK");
  }

  LiveServer server{{.configuration = "save \"\"\nappendonly yes\nappendfsync always\n",
                     .module_arguments = "THREADS 2 SCRIPT_TIME_LIMIT_MS 1000 MAX_SCRIPT_MB 20"}};
};

TEST_F(Dag, TensorsAreLocal) {
  EXPECT_EQ(server("AI.DAGEXECUTE LOAD 1 a |> AI.TENSORSET a FLOAT 1 VALUES 9 |> AI.TENSORSET n FLOAT 1 VALUES 8 |> "
                   "AI.TENSORGET a VALUES"),
            "[+OK, +OK, [\"9\"]]");
  EXPECT_EQ(server("EXISTS n"), ":0");  // a is looked at in TearDown
}

TEST_F(Dag, AllOrNothingIsPersisted) {
  store_main();
  ASSERT_EQ(server("AI.TENSORSET v FLOAT 3"), "+OK");
  const std::string reply = server(
      "AI.DAGEXECUTE LOAD 2 a v PERSIST 2 x y |> AI.TENSORSET x FLOAT 1 VALUES 1 |> "
      "AI.SCRIPTEXECUTE s avg INPUTS 2 a v OUTPUTS 1 y |> AI.TENSORGET x VALUES |> AI.TENSORGET y");
  EXPECT_THAT(reply, StartsWith("[+OK, -The following operation failed"));
  EXPECT_THAT(reply, EndsWith(", +NA, +NA]"));
  EXPECT_EQ(server("EXISTS x y"), ":0");
  ASSERT_EQ(server("SET str v"), "+OK");
  EXPECT_THAT(server("AI.DAGEXECUTE PERSIST 2 x str |> AI.TENSORSET x FLOAT 1 |> AI.TENSORSET str FLOAT 1"),
              StartsWith("-WRONGTYPE"));
  EXPECT_EQ(server("EXISTS x"), ":0");
  EXPECT_EQ(server("GET str"), "\"v\"");
}

TEST_F(Dag, ProgramsPassTensorsOnAndLeaveInputsAlone) {
  store_main();
  EXPECT_EQ(server("AI.DAGEXECUTE LOAD 2 a b PERSIST 1 q |> AI.SCRIPTEXECUTE s two INPUTS 1 a OUTPUTS 2 p q |> "
                   "AI.SCRIPTEXECUTE s in_place INPUTS 2 p b OUTPUTS 1 r |> AI.TENSORGET p VALUES |> "
                   "AI.TENSORGET r VALUES"),
            "[+OK, +OK, [\"2\", \"3\", \"4\", \"5\"], [\"-1\", \"-1\", \"-1\", \"-1\"]]");
  EXPECT_EQ(server("AI.TENSORGET q VALUES"), "[\"3\", \"4\", \"5\", \"6\"]");
  EXPECT_EQ(server("EXISTS p r"), ":0");
}

TEST_F(Dag, DataThatLookLikeTheSeparatorAreData) {
  EXPECT_EQ(server("AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t INT8 2 BLOB |> |> AI.TENSORGET t BLOB"), "[+OK, \"|>\"]");
  EXPECT_EQ(server("AI.DAGEXECUTE ROUTING x |> AI.TENSORSET BLOB INT8 1 |> AI.TENSORGET BLOB VALUES"), "[+OK, [:0]]");
  EXPECT_EQ(server("AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t STRING 1 VALUES BLOB |> AI.TENSORGET t VALUES"),
            "[+OK, [\"BLOB\"]]");
  // Missing data are an error, not the next separator.
  EXPECT_THAT(server("AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t INT8 2 BLOB |> AI.TENSORGET t BLOB"),
              StartsWith("-ERR a single binary string"));
}

TEST_F(Dag, MalformedLinesGetOneErrorEach) {
  store_main();
  for (const char* line : {
           "AI.DAGEXECUTE LOAD 1 a |> AI.TENSORGET a |> |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a |> |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a |> AI.TENSORGET a |>",
           "AI.DAGEXECUTE LOAD 1 a |>",
           "AI.DAGEXECUTE LOAD 1 a |> |>",
           "AI.DAGEXECUTE |> |> |> |>",
           "AI.DAGEXECUTE LOAD 1 a LOAD 1 b |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 0 |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD -1 a |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 9223372036854775807 a |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 |> |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD |> AI.TENSORGET a",
           "AI.DAGEXECUTE PERSIST 0 |> AI.TENSORSET a FLOAT 1",
           "AI.DAGEXECUTE LOAD 1 a ROUTING |> AI.TENSORGET a",
           "AI.DAGEXECUTE TIMEOUT 5 |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a TIMEOUT 0 |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a TIMEOUT |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a TIMEOUT 1 TIMEOUT 1 |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a |> AI.DAGEXECUTE LOAD 1 a |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a |> TENSOR.AGGREGATE o RULE mean KEYS 1 a",
           "AI.DAGEXECUTE LOAD 1 a |> SET x y",
           "AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE",
           "AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE s avg",
           "AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE s avg INPUTS 3 a |> AI.TENSORGET a",
           "AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE s avg INPUTS 1 later |> AI.TENSORSET later FLOAT 1",
           "AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE a avg INPUTS 1 a OUTPUTS 1 o",
           "AI.DAGEXECUTE LOAD 1 a |> AI.MODELEXECUTE s INPUTS 1 a OUTPUTS 1 o",
           "AI.DAGEXECUTE LOAD 1 a |> AI.MODELEXECUTE nokey INPUTS 1 a OUTPUTS 1 o",
           "AI.DAGEXECUTE LOAD 1 a |> AI.MODELEXECUTE nokey INPUTS 1 a OUTPUTS 1 o TIMEOUT 5",
           "AI.DAGEXECUTE LOAD 1 a |> AI.TENSORGET a BLOB VALUES",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT 1 BLOB",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT 1 BLOB |>",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT 1 BLOB abcd BLOB",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET BLOB BLOB BLOB",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT 4294967296 4294967296 BLOB x",
           "AI.DAGEXECUTE ROUTING x |> AI.TENSORSET t FLOAT 1000000000000",
           "AI.DAGEXECUTE_RO LOAD 1 a PERSIST 1 a |> AI.TENSORGET a",
           "AI.DAGEXECUTE_RO LOAD 1 a |> AI.TENSORGET a |> AI.SCRIPTEXECUTE s avg INPUTS 1 a",
       }) {
    EXPECT_THAT(server(line), StartsWith("-")) << line;
    EXPECT_EQ(server("PING"), "+PONG") << "second reply to " << line;
  }
}

TEST_F(Dag, LinesThatEndTooEarly) {
  store_main();
  const std::vector<std::string> whole = words_of(
      "AI.DAGEXECUTE TIMEOUT 1000 LOAD 1 a PERSIST 1 o ROUTING r |> AI.TENSORSET t FLOAT 2 2 VALUES 1 2 3 4 |> "
      "AI.SCRIPTEXECUTE s avg KEYS 1 k INPUTS 2 a t ARGS 1 x OUTPUTS 1 o |> AI.TENSORGET o META VALUES");
  for (std::size_t n = 1; n < whole.size(); ++n) {
    server.ask({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)});
    ASSERT_TRUE(server.alive()) << "cut to " << n;
    EXPECT_EQ(server("PING"), "+PONG");  // and no second reply
  }
  EXPECT_EQ(server.ask(whole).elements.size(), 3U);
}

TEST_F(Dag, TimeIsBounded) {
  store_main();
  EXPECT_EQ(
      server("AI.DAGEXECUTE LOAD 1 a PERSIST 1 o TIMEOUT 50 |> AI.SCRIPTEXECUTE s forever INPUTS 1 a OUTPUTS 1 o"),
      "+TIMEDOUT");
  const std::string reply = server(
      "AI.DAGEXECUTE LOAD 1 a PERSIST 1 o |> AI.SCRIPTEXECUTE s forever INPUTS 1 a OUTPUTS 1 o |> AI.TENSORGET o");
  EXPECT_THAT(reply, HasSubstr("took longer than it may"));
  EXPECT_THAT(reply, EndsWith(", +NA]"));
  EXPECT_EQ(server("EXISTS o"), ":0");
  // Programs without loops never look at the clock themselves.
  std::vector<std::string> words = words_of("AI.DAGEXECUTE LOAD 1 a PERSIST 1 o");
  const std::vector<std::string> step = words_of("|> AI.SCRIPTEXECUTE s work INPUTS 1 a OUTPUTS 1 o");
  for (int i = 0; i < 50'000; ++i) words.insert(words.end(), step.begin(), step.end());
  const store::Reply many = server.ask(words);
  ASSERT_EQ(many.elements.size(), 50'000U);
  EXPECT_EQ(text_of(many.elements.front()), "+OK");
  EXPECT_EQ(text_of(many.elements.back()), "+NA");
  EXPECT_EQ(server("EXISTS o"), ":0");
}

TEST_F(Dag, MemoryIsBounded) {
  store_main();
  std::string line = "AI.DAGEXECUTE LOAD 1 a";
  for (int i = 0; i < 10; ++i) line += " |> AI.TENSORSET t" + std::to_string(i) + " FLOAT 1000000";
  const std::string reply = server(line);
  EXPECT_THAT(reply, HasSubstr("-OOM"));
  EXPECT_THAT(reply, EndsWith("+NA]"));
  // Under one name only the last is held.
  line = "AI.DAGEXECUTE LOAD 1 a";
  for (int i = 0; i < 10; ++i) line += " |> AI.TENSORSET t FLOAT 1000000";
  EXPECT_THAT(server(line), testing::Not(HasSubstr("-OOM")));
}

TEST_F(Dag, ReadAndWrittenKeysAreNeverLost) {
  store_main();
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 1 VALUES 0"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET one FLOAT 1 VALUES -1"), "+OK");
  constexpr int clients = 4, steps = 25;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      const auto connection = server.connect();
      const std::string dag =
          "AI.DAGEXECUTE LOAD 2 w one PERSIST 1 w |> AI.SCRIPTEXECUTE s in_place INPUTS 2 w one OUTPUTS 1 w";
      const std::string plain = "AI.SCRIPTEXECUTE s in_place INPUTS 2 w one OUTPUTS 1 w";
      for (int i = 0; i < steps; ++i) {
        EXPECT_EQ(text_of(LiveServer::ask(*connection, words_of(c % 2 == 0 ? dag : plain))),
                  c % 2 == 0 ? "[+OK]" : "+OK");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server("AI.TENSORGET w VALUES"), "[\"100\"]");
}

TEST_F(Dag, APlainWriteMeanwhileIsNotUndone) {
  store_main();
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 1 VALUES 0"), "+OK");
  std::string reply;
  std::thread slow([&] {
    const auto connection = server.connect();
    reply = text_of(LiveServer::ask(
        *connection,
        words_of("AI.DAGEXECUTE LOAD 1 w PERSIST 1 w |> AI.SCRIPTEXECUTE s nap INPUTS 1 w ARGS 1 200 OUTPUTS 1 w")));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(server("AI.TENSORSET w FLOAT 1 VALUES 7"), "+OK");
  slow.join();
  EXPECT_EQ(reply, "[+OK]");
  EXPECT_EQ(server("AI.TENSORGET w VALUES"), "[\"7\"]");  // nap keeps the value: the old one must not come back
}

TEST_F(Dag, WhatWasPersistedSurvivesARestart) {
  store_main();
  ASSERT_THAT(server("AI.DAGEXECUTE LOAD 2 a b PERSIST 2 x y |> AI.SCRIPTEXECUTE s avg INPUTS 2 a b OUTPUTS 1 x |> "
                     "AI.TENSORSET y INT64 3 VALUES -1 2 3"),
              "[+OK, +OK]");
  ASSERT_EQ(server("EXPIRE x 100"), ":1");
  ASSERT_EQ(server("AI.DAGEXECUTE PERSIST 1 x |> AI.TENSORSET x FLOAT 2 VALUES 4 5"), "[+OK]");
  EXPECT_EQ(server("TTL x"), ":-1");
  const std::string before = server("DEBUG DIGEST");
  server.restart();
  EXPECT_EQ(server("DEBUG DIGEST"), before);
  EXPECT_EQ(server("AI.TENSORGET x VALUES"), "[\"4\", \"5\"]");
  EXPECT_EQ(server("AI.TENSORGET y VALUES"), "[:-1, :2, :3]");
}

TEST_F(Dag, OfOneMomentBesideOtherWriters) {
  // x and y are always set together, so a DAG that loads both must see them equal.
  ASSERT_EQ(server("AI.DAGEXECUTE PERSIST 2 x y |> AI.TENSORSET x INT32 1 VALUES 0 |> AI.TENSORSET y INT32 1 VALUES 0"),
            "[+OK, +OK]");
  std::thread writer([&] {
    const auto connection = server.connect();
    for (int i = 1; i <= 200; ++i) {
      const std::string n = std::to_string(i);
      LiveServer::ask(*connection, words_of("AI.DAGEXECUTE PERSIST 2 x y |> AI.TENSORSET x INT32 1 VALUES " + n +
                                            " |> AI.TENSORSET y INT32 1 VALUES " + n));
    }
  });
  for (int i = 0; i < 200; ++i) {
    const store::Reply both =
        server.ask(words_of("AI.DAGEXECUTE_RO LOAD 2 x y |> AI.TENSORGET x VALUES |> AI.TENSORGET y VALUES"));
    ASSERT_EQ(both.elements.size(), 2U) << text_of(both);
    EXPECT_EQ(text_of(both.elements[0]), text_of(both.elements[1]));
  }
  writer.join();
}

TEST_F(Dag, ClientsThatLeaveInTheMiddle) {
  store_main();
  for (int i = 0; i < 4; ++i) {
    server.ask_and_leave(
        words_of("AI.DAGEXECUTE LOAD 1 a PERSIST 1 left "
                 "|> AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 100 OUTPUTS 1 left "
                 "|> AI.TENSORGET left BLOB"));
  }
  EXPECT_EQ(server("AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o"), "[+OK]");
}

}  // namespace
}  // namespace windtunnel::tensordb
