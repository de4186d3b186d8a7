// Checks that no input ends the server, hangs it, or gets two replies: every hostile case measured against genuine
// RedisAI that concerns our commands. After each one the server answers, and data are as they were. Does not search for
// new cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Hostile : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 2 VALUES 1 2 3 4"), "+OK"); }
  void TearDown() override {
    ASSERT_TRUE(server.alive());
    EXPECT_EQ(server("AI.TENSORGET a VALUES"), "[\"1\", \"2\", \"3\", \"4\"]");
    EXPECT_EQ(server("PING"), "+PONG");
  }
  /// Stores the program s; not in every test, because LibTorch takes its time to load.
  void store_main() {
    ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "10", "hoard", "avg", "half", "many",
                                  "huge", "forever", "nap", "sparse", "expanded", "same", "SOURCE", main_source})),
              "+OK");
  }
  std::string execute(const std::string& rest) { return server("AI.SCRIPTEXECUTE s " + rest); }

  LiveServer server{{.configuration = "save \"\"\nproto-max-bulk-len 2gb\n",
                     .module_arguments = "THREADS 2 SCRIPT_TIME_LIMIT_MS 1000 MAX_SCRIPT_MB 100"}};
};

TEST_F(Hostile, TypesThatCannotBeStored) {
  store_main();
  EXPECT_THAT(execute("half INPUTS 1 a OUTPUTS 1 o"), StartsWith("-Half is not supported"));
  EXPECT_THAT(execute("sparse INPUTS 1 a OUTPUTS 1 o"), StartsWith("-"));
  EXPECT_EQ(server("EXISTS o"), ":0");
  EXPECT_EQ(execute("expanded INPUTS 1 a OUTPUTS 1 o"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"1\", \"1\", \"1\"]");
}

TEST_F(Hostile, NamesThatNoFunctionCanHave) {
  store_main();
  for (const char* name : {"", ".", "a..b", "a b", "\xff"}) {
    const std::string executed =
        text_of(server.ask({"AI.SCRIPTEXECUTE", "s", name, "INPUTS", "1", "a", "OUTPUTS", "1", "o"}));
    EXPECT_THAT(executed, StartsWith("-Function does not exist: ")) << name;
    const std::string stored =
        text_of(server.ask({"AI.SCRIPTSTORE", "z", "CPU", "ENTRY_POINTS", "1", name, "SOURCE", main_source}));
    EXPECT_THAT(stored, HasSubstr("does not exist in the given script")) << name;
  }
}

TEST_F(Hostile, MoreOutputsThanAskedFor) {
  store_main();
  EXPECT_EQ(execute("many INPUTS 1 a OUTPUTS 1 o"), "-Function returned unexpected number of outputs - many");
  EXPECT_EQ(execute("same_twice INPUTS 1 a OUTPUTS 1 o"),
            "-Function returned unexpected number of outputs - same_twice");
  EXPECT_EQ(server("EXISTS o"), ":0");
}

TEST_F(Hostile, PipelinedCallsAreAnsweredInTheirOrder) {
  store_main();
  const auto connection = server.connect();
  const std::vector<store::Words> lines{
      {"AI.SCRIPTEXECUTE", "s", "nap", "INPUTS", "1", "a", "ARGS", "1", "20", "OUTPUTS", "1", "o"},
      {"AI.TENSORGET", "o", "VALUES"},
      {"AI.DAGEXECUTE", "LOAD", "1", "o", "|>", "AI.TENSORGET", "o", "VALUES"},
      {"DEL", "s"},
      {"AI.SCRIPTEXECUTE", "s", "nap", "INPUTS", "1", "a", "ARGS", "1", "20", "OUTPUTS", "1", "o"}};
  const std::vector<store::Reply> replies = connection->call(lines, "pipeline", store::Connection::Repeat::unsafe);
  const std::string values = "[\"1\", \"2\", \"3\", \"4\"]";
  const std::vector<std::string> expected{"+OK", values, "[" + values + "]", ":1", "-ERR script key is empty"};
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(text_of(replies.at(i)), expected[i]);
}

TEST_F(Hostile, ShapesThatOverflow) {
  for (const char* line :
       {"AI.TENSORSET h FLOAT 4294967296 4294967296 BLOB \"\"",
        "AI.TENSORSET h FLOAT 2 4611686018427387905 BLOB 12345678", "AI.TENSORSET h FLOAT 4611686018427387904 VALUES",
        "AI.TENSORSET h FLOAT 4294967296 4294967296", "AI.TENSORSET h FLOAT 1000000000000",
        "AI.TENSORSET h FLOAT 10000000000", "AI.TENSORSET h INT8 9223372036854775807",
        "AI.TENSORSET h STRING 4294967296 4294967296 BLOB \"\""}) {
    EXPECT_THAT(server(line), StartsWith("-ERR")) << line;
  }
  std::string rank = "AI.TENSORSET h FLOAT";
  for (int i = 0; i < 65; ++i) rank += " 1";
  EXPECT_THAT(server(rank + " VALUES 1"), StartsWith("-ERR"));
  EXPECT_EQ(server("EXISTS h"), ":0");
}

TEST_F(Hostile, MemoryThatIsNotThere) {
  store_main();
  const std::string reply = execute("huge INPUTS 1 a OUTPUTS 1 o");
  EXPECT_THAT(reply, StartsWith("-"));
  EXPECT_EQ(server("EXISTS o"), ":0");
  EXPECT_EQ(execute("avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
  EXPECT_THAT(execute("hoard INPUTS 1 a OUTPUTS 1 o"), StartsWith("-"));  // many tensors, each of which may be
  EXPECT_EQ(execute("avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
}

TEST_F(Hostile, LinesThatEndTooEarly) {
  store_main();
  const std::vector<std::string> whole =
      words_of("AI.SCRIPTEXECUTE s avg KEYS 1 k INPUTS 1 a ARGS 1 x OUTPUTS 1 o TIMEOUT 100");
  for (std::size_t n = 1; n < whole.size(); ++n) {
    const store::Reply reply = server.ask({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)});
    const bool complete = n == 9 || n == 12 || n == 15;
    EXPECT_EQ(reply.kind == store::Reply::Kind::error, !complete) << n << " words: " << text_of(reply);
  }
  for (const char* full :
       {"AI.SCRIPTSTORE s CPU TAG t ENTRY_POINTS 1 f SOURCE x", "AI.TENSORSET k FLOAT 2 VALUES 1 2",
        "TENSOR.AGGREGATE o RULE krum PARAMS f 1 KEYS 5 a a a a a", "TENSOR.UPDATE w SGD PARAMS momentum 1 GRAD a",
        "TENSOR.RESTORE k h e v", "AI.INFO s RESETSTAT", "AI.SCRIPTGET s META"}) {
    const std::vector<std::string> words = words_of(full);
    for (std::size_t n = 1; n < words.size(); ++n) {
      server.ask({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(n)});
      ASSERT_TRUE(server.alive()) << full << " cut to " << n;
      EXPECT_EQ(server("PING"), "+PONG");  // and no second reply
    }
  }
}

TEST_F(Hostile, AbsurdCounts) {
  store_main();
  for (const char* n :
       {"-1", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "2147483648", "1.5", ""}) {
    const std::string count = std::string("\"") + n + "\"";
    for (const std::string& line : {"AI.SCRIPTEXECUTE s avg INPUTS " + count + " a OUTPUTS 1 o",
                                    "AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS " + count + " o",
                                    "AI.SCRIPTEXECUTE s avg INPUTS 1 a ARGS " + count + " x",
                                    "AI.SCRIPTEXECUTE s avg KEYS " + count + " x INPUTS 1 a",
                                    "AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o TIMEOUT " + count,
                                    "TENSOR.AGGREGATE o RULE mean KEYS " + count + " a",
                                    "AI.SCRIPTSTORE z CPU ENTRY_POINTS " + count + " f SOURCE x",
                                    "TENSOR.AGGREGATE o RULE krum PARAMS f " + count + " KEYS 1 a"}) {
      if (line.ends_with("TIMEOUT \"9223372036854775807\"") || line.ends_with("TIMEOUT \"2147483648\"")) continue;
      EXPECT_THAT(server(line), StartsWith("-")) << line;
    }
  }
  EXPECT_EQ(server("EXISTS o z"), ":0");
}

TEST_F(Hostile, ArgumentsOfManyMegabytes) {
  store_main();
  const std::string large(16 << 20, 'x');
  EXPECT_EQ(server.ask({"AI.SCRIPTEXECUTE", "s", "avg", "INPUTS", "1", "a", large}).kind, store::Reply::Kind::error);
  EXPECT_LT(server.ask({"AI.SCRIPTEXECUTE", "s", large, "INPUTS", "1", "a"}).text.size(), 32768U);
  EXPECT_EQ(server.ask({"AI.SCRIPTSTORE", "z", "CPU", "ENTRY_POINTS", "1", "f", "SOURCE", large}).kind,
            store::Reply::Kind::error);
  EXPECT_EQ(server.ask({"TENSOR.AGGREGATE", "o", "RULE", large, "KEYS", "1", "a"}).kind, store::Reply::Kind::error);
  EXPECT_EQ(server.ask({"AI.TENSORSET", "k", large, "1"}).kind, store::Reply::Kind::error);
  EXPECT_EQ(server.ask({"AI.TENSORSET", large, "FLOAT", "1", "VALUES", "1"}).text, "OK");  // keys may be long
  EXPECT_EQ(server.ask({"DEL", large}).integer, 1);
}

TEST_F(Hostile, MillionsOfStrings) {
  std::vector<std::string> words{"AI.TENSORSET", "st", "STRING", "1000000", "VALUES"};
  words.resize(words.size() + 1'000'000, "ab");
  // Redis refuses lines of more than 1048576 arguments itself; this one is just below.
  EXPECT_EQ(text_of(server.ask(words)), "+OK");
  EXPECT_EQ(server.ask({"AI.TENSORGET", "st", "VALUES"}).elements.size(), 1'000'000U);
}

TEST_F(Hostile, EmptyStringsAreStrings) {
  EXPECT_EQ(server("AI.TENSORSET st STRING 2 VALUES \"\" x"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET st VALUES"), "[\"\", \"x\"]");
}

TEST_F(Hostile, ProgramsThatNestTooDeep) {
  const std::string head = "def f(tensors: List[Tensor], keys: List[str], args: List[str]):\n    return ";
  auto repeated = [](const std::string& text, int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += text;
    return all;
  };
  const int n = 60'000;
  for (const std::string& body : {repeated("(", n) + "tensors[0]" + repeated(")", n), repeated("-", n) + "tensors[0]",
                                  "tensors[0]" + repeated("+1", n), repeated("not ", 30'000) + "True",
                                  "tensors" + repeated("[0]", 40'000), repeated("1 if True else ", 8'000) + "1",
                                  repeated("[", n) + repeated("]", n), "tensors[0]" + repeated(".t()", 30'000)}) {
    server.ask({"AI.SCRIPTSTORE", "deep", "CPU", "ENTRY_POINTS", "1", "f", "SOURCE", head + body + "\n"});
    ASSERT_TRUE(server.alive()) << body.substr(0, 20);
    EXPECT_EQ(server("PING"), "+PONG");
  }
}

TEST_F(Hostile, EndlessProgramsEnd) {
  store_main();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(execute("forever INPUTS 1 a OUTPUTS 1 o TIMEOUT 50"), "+TIMEDOUT");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_THAT(execute("forever INPUTS 1 a OUTPUTS 1 o"), HasSubstr("took longer than it may"));
  EXPECT_EQ(server("EXISTS o"), ":0");
  EXPECT_EQ(execute("avg INPUTS 1 a OUTPUTS 1 o"), "+OK");  // the worker is usable again
}

TEST_F(Hostile, TheServerAnswersWhileProgramsRunForEver) {
  store_main();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      const auto connection = server.connect();
      EXPECT_THAT(text_of(LiveServer::ask(*connection, words_of("AI.SCRIPTEXECUTE s forever INPUTS 1 a OUTPUTS 1 o"))),
                  StartsWith("-ERR"));
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server("PING"), "+PONG");
    EXPECT_EQ(server("AI.TENSORSET b FLOAT 1 VALUES 1"), "+OK");
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(Hostile, WaitingCallsTimeOutInTime) {
  store_main();
  const auto other = server.connect();
  std::thread busy([&] { LiveServer::ask(*other, words_of("AI.SCRIPTEXECUTE s forever INPUTS 1 a OUTPUTS 1 o")); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(execute("avg INPUTS 1 a OUTPUTS 1 o TIMEOUT 50"), "+TIMEDOUT");  // waits for the key o
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(700));
  busy.join();
  EXPECT_EQ(server("EXISTS o"), ":0");
}

TEST_F(Hostile, CallsThatEndWhenTheirTimeDoesAreAnsweredOnce) {
  store_main();
  std::vector<std::thread> clients;
  for (int client = 0; client < 3; ++client) {
    clients.emplace_back([&, client] {
      const auto connection = server.connect();
      const std::string out = fmt::format("o{}", client);
      for (int i = 0; i < 400; ++i) {
        const std::string reply = text_of(LiveServer::ask(
            *connection, words_of(fmt::format("AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 {} OUTPUTS 1 {} TIMEOUT {}",
                                              i % 20, out, 1 + i % 3))));
        EXPECT_TRUE(reply == "+OK" || reply == "+TIMEDOUT") << reply;
        EXPECT_EQ(text_of(LiveServer::ask(*connection, {"PING"})), "+PONG");
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(Hostile, AnEndlessTimeoutIsATimeout) {
  store_main();
  EXPECT_EQ(execute("nap INPUTS 1 a ARGS 1 50 OUTPUTS 1 o TIMEOUT 9223372036854775807"), "+OK");
}

TEST_F(Hostile, ClientsThatLeaveInTheMiddle) {
  store_main();
  for (int i = 0; i < 4; ++i) {
    server.ask_and_leave(words_of("AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 50 OUTPUTS 1 left"));
  }
  EXPECT_EQ(execute("avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
}

TEST_F(Hostile, KeysOfOtherTypes) {
  store_main();
  ASSERT_EQ(server("SET str v"), "+OK");
  const char* wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  for (const char* line :
       {"AI.TENSORSET str FLOAT 1 VALUES 1", "AI.TENSORSET s FLOAT 1 VALUES 1", "AI.TENSORGET s",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 str", "AI.SCRIPTEXECUTE s avg INPUTS 1 s OUTPUTS 1 o",
        "AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 s", "TENSOR.AGGREGATE str RULE mean KEYS 1 a",
        "TENSOR.AGGREGATE s RULE mean KEYS 1 a", "TENSOR.AGGREGATE o RULE mean KEYS 1 str",
        "TENSOR.UPDATE str SGD GRAD a", "TENSOR.UPDATE a SGD GRAD s", "AI.SCRIPTDEL a", "AI.SCRIPTGET a",
        "AI.SCRIPTSTORE a CPU ENTRY_POINTS 1 f SOURCE x"}) {
    EXPECT_EQ(server(line), wrong) << line;
    EXPECT_EQ(server("PING"), "+PONG");
  }
}

TEST_F(Hostile, AnOutputThatBecomesAStringMeanwhile) {
  store_main();
  std::string reply;
  std::thread slow([&] {
    const auto connection = server.connect();
    reply = text_of(LiveServer::ask(*connection, words_of("AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 100 OUTPUTS 1 o")));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(server("SET o v"), "+OK");
  slow.join();
  EXPECT_THAT(reply, testing::AnyOf(StartsWith("-WRONGTYPE"), "+OK"));  // OK when the program was faster
  EXPECT_EQ(server("GET o"), "\"v\"");
}

TEST_F(Hostile, PayloadsThatLie) {
  for (const char* line :
       {"TENSOR.RESTORE k \"\" \"\"", "TENSOR.RESTORE k \\x01 abcd", "TENSOR.RESTORE k \"\\x02\\x01\\x00\\x00\" abcd",
        "TENSOR.RESTORE k \"\\x01\\x01\\x00\\x00\" abc", "TENSOR.RESTORE k \"\\x01\\x0b\\x00\\x00\" abcd",
        "TENSOR.RESTORE k \"\\x01\\x01\\x01\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\" abcd",
        "TENSOR.RESTORE k \"\\x01\\x01\\xff\\x00\" abcd", "TENSOR.RESTORE k \"\\x01\\x01\\x00\\x01\" abcd",
        "TENSOR.RESTORE k \"\\x01\\x01\\x00\\x00\" abcd efgh"}) {
    EXPECT_THAT(server(line), StartsWith("-ERR")) << line;
  }
  EXPECT_EQ(server("TENSOR.RESTORE k \"\\x01\\x01\\x00\\x00\" \"\\x00\\x00\\x80?\""), "+OK");
  EXPECT_EQ(server("AI.TENSORGET k META VALUES"), "[\"dtype\", \"FLOAT\", \"shape\", [], \"values\", [\"1\"]]");
}

TEST_F(Hostile, NativeCommandsCheckWhatTheyGet) {
  ASSERT_EQ(server("AI.TENSORSET v FLOAT 3 VALUES 1 2 3"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET i INT32 2 2 VALUES 1 2 3 4"), "+OK");
  for (const char* line :
       {"TENSOR.AGGREGATE o RULE mean KEYS 2 a v", "TENSOR.AGGREGATE o RULE mean KEYS 1 i",
        "TENSOR.AGGREGATE o RULE krum KEYS 1 a", "TENSOR.AGGREGATE o RULE nosuch KEYS 1 a",
        "TENSOR.AGGREGATE o RULE mean PARAMS f 1 KEYS 1 a", "TENSOR.AGGREGATE o RULE krum PARAMS f -1 KEYS 1 a",
        "TENSOR.UPDATE a SGD GRAD v", "TENSOR.UPDATE a SGD GRAD missing", "TENSOR.UPDATE missing SGD GRAD a",
        "TENSOR.UPDATE a NOSUCH GRAD a", "TENSOR.UPDATE a SGD PARAMS learning_rate nan GRAD a",
        "TENSOR.UPDATE a SGD PARAMS learning_rate 0 GRAD a", "TENSOR.UPDATE a ADAM PARAMS beta1 2 GRAD a"}) {
    EXPECT_THAT(server(line), StartsWith("-ERR")) << line;
  }
  EXPECT_EQ(server("EXISTS o missing"), ":0");
}

TEST_F(Hostile, MemoryIsAccountedAndBounded) {
  store_main();
  ASSERT_EQ(server("AI.TENSORSET big FLOAT 2000000"), "+OK");
  EXPECT_GT(server.ask({"MEMORY", "USAGE", "big"}).integer, 8'000'000);
  ASSERT_EQ(server("CONFIG SET maxmemory 40mb"), "+OK");
  int accepted = 0;
  std::string last;
  for (; accepted < 30; ++accepted) {
    last = server("TENSOR.AGGREGATE o" + std::to_string(accepted) + " RULE mean KEYS 1 big");
    if (last != "+OK") break;
  }
  EXPECT_THAT(last, StartsWith("-OOM"));
  EXPECT_LE(accepted, 5);
  EXPECT_THAT(execute("same INPUTS 1 big OUTPUTS 1 more"), StartsWith("-OOM"));
}

TEST_F(Hostile, MemoryThatIsKeptForReuseIsGivenBackWhenItIsShort) {
  const auto used = [&] {
    const std::string info = server.ask({"INFO", "memory"}).text;
    return std::stoll(info.substr(info.find("used_memory:") + 12));
  };
  const auto falls_below = [&](long long bytes) {
    for (int i = 0; i < 500 && used() >= bytes; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return used() < bytes;
  };
  constexpr long long mb = 1 << 20;
  const long long empty = used();
  // Twice the same size, so that one block is made by the pool's way and not by calloc's alone.
  ASSERT_EQ(server("AI.TENSORSET t FLOAT 5000000"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE t RULE mean KEYS 1 t"), "+OK");
  ASSERT_EQ(server("DEL t"), ":1");
  EXPECT_GT(used(), empty + 30 * mb) << "two blocks of 20 MB are kept";
  ASSERT_EQ(server("CONFIG SET maxmemory 70mb"), "+OK");
  EXPECT_TRUE(falls_below(empty + 5 * mb));
  ASSERT_EQ(server("SETRANGE filler 36700160 x"), ":36700161");
  ASSERT_EQ(server("AI.TENSORSET t FLOAT 5000000"), "+OK");
  ASSERT_EQ(server("DEL t"), ":1");
  EXPECT_TRUE(falls_below(empty + 45 * mb)) << "nothing is kept while memory is short";
}

}  // namespace
}  // namespace windtunnel::tensordb
