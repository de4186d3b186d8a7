// Checks that tensors, optimizer memory and programs survive: RDB, AOF (operations and results), AOF rewrite in both
// forms, DEBUG RELOAD, DUMP and RESTORE, COPY, RENAME, a replica. Content is compared by DEBUG DIGEST and by value.
// Does not kill the server in the middle of writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;

/// One of everything.
void fill(LiveServer& server) {
  for (const char* line : {"AI.TENSORSET a FLOAT 2 2 VALUES 1 2 3 4", "AI.TENSORSET b FLOAT 2 2 VALUES 10 20 30 40",
                           "AI.TENSORSET i INT64 2 VALUES -5 9223372036854775807",
                           "AI.TENSORSET st STRING 2 VALUES ab \"\"", "AI.TENSORSET bo BOOL 2 VALUES 1 0",
                           "AI.TENSORSET sc DOUBLE VALUES 0.1", "AI.TENSORSET w FLOAT 2 2 VALUES 1 1 1 1",
                           "AI.TENSORSET m FLOAT 2 2 VALUES 1 1 1 1", "AI.TENSORSET big FLOAT 100000"}) {
    ASSERT_EQ(server(line), "+OK") << line;
  }
  ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "TAG", "v1", "ENTRY_POINTS", "2", "avg", "empty",
                                "SOURCE", main_source})),
            "+OK");
  for (const char* line :
       {"AI.SCRIPTEXECUTE s avg INPUTS 2 a b OUTPUTS 1 o", "AI.SCRIPTEXECUTE s empty INPUTS 1 a OUTPUTS 1 e",
        "TENSOR.AGGREGATE g RULE mean KEYS 2 a b", "TENSOR.UPDATE w ADAM GRAD g", "TENSOR.UPDATE w ADAM GRAD g",
        "TENSOR.UPDATE m MOMENTUM PARAMS learning_rate 0.1 GRAD g"}) {
    ASSERT_EQ(server(line), "+OK") << line;
  }
  ASSERT_EQ(server("AI.DAGEXECUTE LOAD 1 a PERSIST 2 da db |> AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 da |> "
                   "AI.TENSORSET db INT64 2 VALUES -5 7"),
            "[+OK, +OK]");
}

std::string digest(LiveServer& server) { return server("DEBUG DIGEST"); }

/// Works after the reload as before: the program runs, and the optimizer goes on from its memory.
void check_alive(LiveServer& server) {
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 2 a b OUTPUTS 1 o"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"5.5\", \"11\", \"16.5\", \"22\"]");
  EXPECT_EQ(server("AI.TENSORGET i VALUES"), "[:-5, :9223372036854775807]");
  EXPECT_EQ(server("AI.TENSORGET e META"), "[\"dtype\", \"FLOAT\", \"shape\", [:0, :3]]");
  EXPECT_EQ(server("AI.SCRIPTGET s META"),
            "[\"device\", \"CPU\", \"tag\", \"v1\", \"Entry Points\", [\"avg\", \"empty\"]]");
  EXPECT_EQ(server("TENSOR.UPDATE w ADAM GRAD g"), "+OK");
}

void wait_for(LiveServer& server, const std::string& info) {
  for (int i = 0; i < 500; ++i) {
    if (server.ask({"INFO"}).text.find(info) != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << info << " did not come true";
}

TEST(Persistence, ReloadKeepsEverything) {
  LiveServer server;
  fill(server);
  const std::string before = digest(server);
  EXPECT_EQ(server("DEBUG RELOAD"), "+OK");
  EXPECT_EQ(digest(server), before);
  check_alive(server);
}

TEST(Persistence, TheDigestSeesEveryPartOfAValue) {
  LiveServer server;
  fill(server);
  std::string last = digest(server);
  for (const char* line :
       {"AI.TENSORSET i INT64 2 VALUES -5 1", "AI.TENSORSET i INT32 2 VALUES -5 1",
        "AI.TENSORSET i INT32 2 1 VALUES -5 1", "TENSOR.UPDATE m MOMENTUM PARAMS learning_rate 0.00000000001 GRAD g"}) {
    ASSERT_EQ(server(line), "+OK");
    EXPECT_NE(digest(server), last) << line;
    last = digest(server);
  }
}

TEST(Persistence, RdbAndRestart) {
  LiveServer server({.configuration = "save 3600 1\n"});
  fill(server);
  const std::string before = digest(server);
  EXPECT_EQ(server("SAVE"), "+OK");
  server.restart();
  EXPECT_EQ(digest(server), before);
  check_alive(server);
}

TEST(Persistence, AofCarriesOperationsAndResults) {
  LiveServer server(
      {.configuration = "save \"\"\nappendonly yes\nappendfsync always\nauto-aof-rewrite-percentage 0\n"});
  fill(server);
  const std::string before = digest(server);
  server.restart();
  EXPECT_EQ(digest(server), before);
  check_alive(server);
}

TEST(Persistence, RewrittenAofInBothForms) {
  for (const char* preamble : {"yes", "no"}) {
    LiveServer server(
        {.configuration = std::string("save \"\"\nappendonly yes\naof-use-rdb-preamble ") + preamble + "\n"});
    fill(server);
    const std::string before = digest(server);
    EXPECT_THAT(server("BGREWRITEAOF"), HasSubstr("started"));
    wait_for(server, "aof_rewrite_in_progress:0");
    wait_for(server, "aof_last_bgrewrite_status:ok");
    server.restart();
    EXPECT_EQ(digest(server), before) << preamble;
    check_alive(server);
  }
}

TEST(Persistence, AofOfAnUpdateIsTheOperation) {
  LiveServer server({.configuration = "save \"\"\nappendonly yes\n"});
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 1000000"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET g FLOAT 1000000"), "+OK");
  for (int i = 0; i < 5; ++i) ASSERT_EQ(server("TENSOR.UPDATE w SGD GRAD g"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE w RULE mean KEYS 2 w g"), "+OK");
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.folder() / "appendonlydir")) {
    bytes += entry.file_size();
  }
  EXPECT_LT(bytes, 10'000U);  // the result would be 4 MB each time
}

TEST(Persistence, DumpRestoreCopyRenameExpire) {
  LiveServer server;
  fill(server);
  for (const char* key : {"w", "st", "s", "sc"}) {
    const std::string name = key, digest = server("DEBUG DIGEST-VALUE " + name);
    const std::string dumped = server.ask({"DUMP", name}).text;
    EXPECT_EQ(text_of(server.ask({"RESTORE", "restored", "0", dumped})), "+OK");
    EXPECT_EQ(server("DEBUG DIGEST-VALUE restored"), digest) << name;
    EXPECT_EQ(server("COPY " + name + " copied"), ":1");
    EXPECT_EQ(server("DEBUG DIGEST-VALUE copied"), digest) << name;
    EXPECT_EQ(server("RENAME copied renamed"), "+OK");
    EXPECT_EQ(server("DEBUG DIGEST-VALUE renamed"), digest) << name;
    EXPECT_EQ(server("EXPIRE renamed 100"), ":1");
    EXPECT_EQ(server("UNLINK renamed restored"), ":2");
  }
  EXPECT_EQ(server("TYPE w"), "+WT_TENSOR");
  EXPECT_EQ(server("TYPE s"), "+WT_SCRIPT");
}

TEST(Persistence, TimeToLiveIsOfTheValue) {
  LiveServer server;
  fill(server);
  ASSERT_EQ(server("EXPIRE w 100"), ":1");
  EXPECT_EQ(server("TENSOR.UPDATE w SGD GRAD g"), "+OK");  // the same value, moved
  EXPECT_EQ(server("TTL w"), ":100");
  EXPECT_EQ(server("TENSOR.AGGREGATE w RULE mean KEYS 1 g"), "+OK");  // another value
  EXPECT_EQ(server("TTL w"), ":-1");
  ASSERT_EQ(server("EXPIRE w 100"), ":1");
  EXPECT_EQ(server("AI.TENSORSET w FLOAT 1 VALUES 1"), "+OK");
  EXPECT_EQ(server("TTL w"), ":-1");
}

TEST(Persistence, FilesOfANewerModuleAreRefused) {
  LiveServer server;
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 1 VALUES 1"), "+OK");
  // In an RDB file a module value begins with its type's name and encoding in one number; the last 10 bits are the
  // encoding.
  std::string dump = server.ask({"DUMP", "w"}).text;
  // DUMP ends in a checksum: a changed one is refused before the module is asked, so the encoding is raised in a saved
  // file.
  ASSERT_EQ(server("SAVE"), "+OK");
  const std::filesystem::path file = server.folder() / "dump.rdb";
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  in.close();
  const std::string id = dump.substr(1, 9);  // length byte and the 8 bytes of the number, big-endian
  const std::size_t at = bytes.find(id);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 8] = static_cast<char>(bytes[at + 8] + 1);  // encoding 2
  ASSERT_EQ(server("CONFIG SET rdbchecksum no"),
            "-ERR CONFIG SET failed (possibly related to argument 'rdbchecksum') - can't set immutable config");
  bytes.replace(bytes.size() - 8, 8, 8, '\0');  // a checksum of zero means: none
  server.kill_it();
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_THROW(server.start(), std::runtime_error);
  EXPECT_THAT(server.log(), HasSubstr("comes from a newer module"));
}

TEST(Persistence, AReplicaHoldsTheSame) {
  LiveServer master({.configuration = "save \"\"\nrepl-diskless-sync yes\nrepl-diskless-sync-delay 0\n"});
  ASSERT_EQ(master("AI.TENSORSET early FLOAT 2 VALUES 1 2"), "+OK");
  // Replication needs TCP: a port that was free a moment ago.
  int port = 0;
  for (int candidate = 27'000; candidate < 27'200 && port == 0; ++candidate) {
    if (master("CONFIG SET port " + std::to_string(candidate)) == "+OK") port = candidate;
  }
  ASSERT_NE(port, 0);
  LiveServer replica;
  ASSERT_EQ(replica("REPLICAOF 127.0.0.1 " + std::to_string(port)), "+OK");
  wait_for(replica, "master_link_status:up");
  fill(master);
  ASSERT_EQ(master("AI.SCRIPTEXECUTE s avg INPUTS 2 big big OUTPUTS 1 big2"),
            "+OK");  // large: shipped because somebody takes it
  EXPECT_THAT(master("WAIT 1 5000"), ":1");
  EXPECT_EQ(digest(replica), digest(master));
  EXPECT_THAT(replica("TENSOR.UPDATE w SGD GRAD g"), HasSubstr("READONLY"));
}

TEST(Persistence, TransactionsRunNativeCommands) {
  LiveServer server;
  fill(server);
  EXPECT_EQ(server("MULTI"), "+OK");
  EXPECT_EQ(server("TENSOR.AGGREGATE g2 RULE mean KEYS 2 big big"), "+QUEUED");
  EXPECT_EQ(server("TENSOR.UPDATE big SGD GRAD g2"), "+QUEUED");
  EXPECT_EQ(server("EXEC"), "[+OK, +OK]");
  EXPECT_EQ(server("EVAL \"return redis.call('TENSOR.UPDATE','a','SGD','GRAD','b')\" 0"), "+OK");
}

TEST(Persistence, WatchSeesTheResultsOfJobs) {
  LiveServer server;
  fill(server);
  const auto other = server.connect();
  EXPECT_EQ(server("WATCH big"), "+OK");
  EXPECT_EQ(text_of(LiveServer::ask(*other, words_of("TENSOR.UPDATE big SGD GRAD big"))), "+OK");
  EXPECT_EQ(server("MULTI"), "+OK");
  EXPECT_EQ(server("PING"), "+QUEUED");
  EXPECT_EQ(server("EXEC"), "(nil)");
}

}  // namespace
}  // namespace windtunnel::tensordb
