// Whatever operators do to a server while writers, programs and aggregates are under way: pauses, planned and manual
// failovers, shutdowns with a replica that lags, flushes, swaps of databases, killed clients, other limits of memory.
// Nobody dies, what was acknowledged is there, master and replica hold the same. Does not check crashes (kill_test), nor
// all of this in any order (random_failovers_test).
#include <gmock/gmock.h>

#include <signal.h>

#include "tests/tensordb/failover/pair.h"
#include "tests/tensordb/failover/workload.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto a_while = std::chrono::milliseconds(250);
const char* const with_log = "appendonly yes\nappendfsync everysec\n";

/// A command on a connection of its own, under way when this is made.
class UnderWay {
 public:
  UnderWay(Node& node, const std::string& line, int database = 0)
      : connection_(node->connect({}, database)), thread_([this, line] {
          try {
            reply_ = text_of(LiveServer::ask(*connection_, words_of(line)));
          } catch (const std::exception&) {
            reply_ = "lost";
          }
          answered_ = true;
        }) {
    eventually([&] { return answered_ || node->ask({"CLIENT", "LIST"}).text.find("flags=b") != std::string::npos; });
  }
  ~UnderWay() {
    if (thread_.joinable()) thread_.join();
  }
  bool answered() const { return answered_; }
  std::string reply() {
    thread_.join();
    return reply_;
  }

 private:
  std::unique_ptr<store::Connection> connection_;
  std::string reply_;
  std::atomic<bool> answered_ = false;
  std::thread thread_;
};

/// Takes long enough for what is to happen meanwhile, also on a busy machine.
const std::string long_call = "AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 4000 OUTPUTS 1 late";
/// The same for a call that does not come to its end.
const std::string longer_call = "AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 100000 OUTPUTS 1 late";

void store_programs(Node& node) {
  ASSERT_EQ(
      text_of(node->ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "2", "nap", "avg", "SOURCE", main_source})),
      "+OK");
  ASSERT_EQ(node("AI.TENSORSET a FLOAT 2 VALUES 1 2"), "+OK");
}

class Pair : public testing::Test {
 protected:
  void SetUp() override {
    store_programs(one);
    Workload::prepare(one.server());
    two.follow(one);
    ASSERT_TRUE(eventually([&] { return two.follows(); }));
  }
  void check(Node& master, Node& replica, const Workload& load) {
    ASSERT_TRUE(living(one));
    ASSERT_TRUE(living(two));
    EXPECT_TRUE(same(master, replica));
    EXPECT_THAT(load.faults(master.server()), IsEmpty());
    EXPECT_THAT(load.surprises(), IsEmpty());
  }
  Node one{with_log}, two{""};
};

TEST_F(Pair, PausesHoldBackWhatIsReady) {
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  for (const char* kind : {"WRITE", "ALL", "WRITE"}) {
    std::this_thread::sleep_for(a_while);
    EXPECT_EQ(one(std::string("CLIENT PAUSE 200 ") + kind), "+OK");
    std::this_thread::sleep_for(a_while);
  }
  const int before = load.acknowledged();
  std::this_thread::sleep_for(a_while);
  load.stop();
  EXPECT_GT(load.acknowledged(), before) << "they went on";
  check(one, two, load);
}

TEST_F(Pair, ALateResultWaitsForTheEndOfAPause) {
  UnderWay call(one, long_call);
  ASSERT_EQ(one("CLIENT PAUSE 60000 WRITE"), "+OK");
  ASSERT_TRUE(eventually([&] { return one.info("modules", "tensordb_parked") == "1"; }));
  EXPECT_FALSE(call.answered());
  EXPECT_EQ(one("EXISTS late"), ":0");
  EXPECT_EQ(two("EXISTS late"), ":0");
  ASSERT_EQ(one("CLIENT UNPAUSE"), "+OK");
  EXPECT_EQ(call.reply(), "+OK");
  EXPECT_EQ(one("AI.TENSORGET late VALUES"), "[\"1\", \"2\"]");
  EXPECT_TRUE(same(one, two));
}

TEST_F(Pair, AFailoverLosesNothing) {
  std::atomic<Node*> master = &one;
  Workload load([&]() -> const LiveServer& { return master.load()->server(); });
  load.start();
  for (Node* next : {&two, &one, &two}) {
    std::this_thread::sleep_for(a_while);
    ASSERT_EQ((*master)("FAILOVER"), "+OK");
    ASSERT_TRUE(eventually([&] { return next->is_master(); })) << one->last_words() << two->last_words();
    Node* old = master.exchange(next);
    ASSERT_TRUE(eventually([&] { return old->follows(); }));
  }
  std::this_thread::sleep_for(a_while);
  load.stop();
  check(two, one, load);
}

TEST_F(Pair, AResultIsNotWrittenIntoAReplica) {
  UnderWay call(one, longer_call), waits(one, longer_call);
  ASSERT_EQ(two("REPLICAOF NO ONE"), "+OK");
  one.follow(two);
  EXPECT_THAT(call.reply(), StartsWith("-UNBLOCKED"));
  EXPECT_THAT(waits.reply(), testing::AnyOf(StartsWith("-UNBLOCKED"), StartsWith("-READONLY")));
  ASSERT_TRUE(eventually([&] { return one.follows(); }));
  std::this_thread::sleep_for(std::chrono::seconds(2));  // the call would have ended
  ASSERT_TRUE(living(one));
  EXPECT_EQ(one("EXISTS late"), ":0");
  EXPECT_TRUE(same(two, one));
}

TEST_F(Pair, AReplicaThatIsPromotedIsWrittenTo) {
  std::atomic<Node*> master = &one;
  Workload load([&]() -> const LiveServer& { return master.load()->server(); });
  load.start();
  std::this_thread::sleep_for(a_while);
  load.stop();
  EXPECT_TRUE(same(one, two));
  ASSERT_EQ(two("REPLICAOF NO ONE"), "+OK");
  master = &two;
  load.start();
  std::this_thread::sleep_for(a_while);
  one.follow(two);
  ASSERT_TRUE(eventually([&] { return one.follows(); }));
  std::this_thread::sleep_for(a_while);
  load.stop();
  check(two, one, load);
}

TEST_F(Pair, AShutdownWithALaggingReplicaIsOne) {
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  std::this_thread::sleep_for(a_while);
  kill(two->pid(), SIGSTOP);
  std::this_thread::sleep_for(a_while);
  kill(one->pid(), SIGTERM);
  EXPECT_TRUE(eventually([&] { return !one->alive(); }));
  load.stop();
  kill(two->pid(), SIGCONT);
  EXPECT_THAT(one->log(), HasSubstr("bye bye"));
  EXPECT_THAT(one->log(), testing::Not(HasSubstr("BUG REPORT")));
  one->restart();
  ASSERT_TRUE(eventually([&] { return two.follows(); }));
  check(one, two, load);
}

TEST_F(Pair, KilledClientsTakeTheirResultsAlong) {
  UnderWay call(one, longer_call);
  EXPECT_EQ(one("CLIENT KILL TYPE normal SKIPME yes"), ":1");
  EXPECT_EQ(call.reply(), "lost");
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(one("EXISTS late"), ":0");
  EXPECT_EQ(one("AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 late"), "+OK") << "its key is free";
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(a_while / 5);
    one("CLIENT KILL TYPE normal SKIPME yes");
  }
  load.stop();
  check(one, two, load);
}

TEST_F(Pair, NothingAppearsAfterAFlush) {
  ASSERT_EQ(one("AI.TENSORSET wide FLOAT 1000000"), "+OK");
  for (const char* flush : {"FLUSHALL", "FLUSHDB", "FLUSHALL ASYNC"}) {
    const std::string call = "AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 40000 OUTPUTS 1 ";
    UnderWay program(one, call + "late"), waits(one, call + "late"), stores(one, call + "other");
    EXPECT_EQ(one(flush), "+OK");
    for (UnderWay* each : {&program, &waits, &stores}) {
      const std::string reply = each->reply();
      EXPECT_THAT(reply, testing::AnyOf(StartsWith("-ERR the database was flushed"),
                                        "-ERR tensor key is empty or in a different shard", "-ERR script key is empty"));
    }
    EXPECT_EQ(one("DBSIZE"), ":0");
    store_programs(one);
  }
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(a_while / 5);
    EXPECT_EQ(one(i % 2 == 0 ? "FLUSHALL" : "FLUSHDB"), "+OK");
    Workload::prepare(one.server());
  }
  load.stop();
  ASSERT_TRUE(living(one));
  EXPECT_TRUE(same(one, two));
  EXPECT_THAT(load.surprises(), IsEmpty());
}

TEST_F(Pair, AFlushOfAnotherDatabaseDoesNotMatter) {
  UnderWay call(one, long_call);
  ASSERT_EQ(one("SELECT 1"), "+OK");
  EXPECT_EQ(one("FLUSHDB"), "+OK");
  ASSERT_EQ(one("SELECT 0"), "+OK");
  EXPECT_EQ(call.reply(), "+OK");
  EXPECT_EQ(one("EXISTS late"), ":1");
}

TEST_F(Pair, ACallWhoseDatabaseIsSwappedRunsWhereItsClientIs) {
  ASSERT_EQ(one("SELECT 1"), "+OK");
  ASSERT_EQ(one("SET here v"), "+OK");
  ASSERT_EQ(one("SELECT 0"), "+OK");
  {
    UnderWay call(one, long_call);
    EXPECT_EQ(one("SWAPDB 0 1"), "+OK");
    EXPECT_EQ(call.reply(), "-ERR script key is empty");
    EXPECT_EQ(one("EXISTS late"), ":0");
    EXPECT_EQ(one("SWAPDB 0 1"), "+OK");
    EXPECT_EQ(one("EXISTS late"), ":0");
  }
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(a_while / 5);
    // There and back at one moment: a value that is set in between would be set elsewhere.
    for (const char* line : {"MULTI", "SWAPDB 0 1", "SWAPDB 0 1", "EXEC"}) one(line);
  }
  load.stop();
  check(one, two, load);
}

TEST_F(Pair, OtherLimitsOfMemoryWhileJobsRun) {
  Workload load([&]() -> const LiveServer& { return one.server(); });
  load.start();
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(a_while / 2);
    EXPECT_EQ(one(i % 2 == 0 ? "CONFIG SET maxmemory 1mb" : "CONFIG SET maxmemory 0"), "+OK");
  }
  load.stop();
  check(one, two, load);
}

/// The pool of memory that was given back is no reason to evict anything.
TEST(Memory, ThePoolIsGivenBackBeforeAnythingIsEvicted) {
  for (const bool by_setting : {true, false}) {
    LiveServer server(
        {.configuration = "save \"\"\nmaxmemory-policy allkeys-lru\n", .module_arguments = "POOL_MB 256"});
    const auto kept = [&] {
      const std::string info = server.ask({"INFO", "modules"}).text, field = "tensordb_pool_bytes:";
      return std::stoll(info.substr(info.find(field) + field.size()));
    };
    for (int i = 0; i < 6; ++i) ASSERT_EQ(server(fmt::format("AI.TENSORSET t{} FLOAT 5000000", i)), "+OK");
    for (int i = 0; i < 6; ++i) {
      const std::string blob(20'000'000, '\0');
      ASSERT_EQ(text_of(server.ask({"AI.TENSORSET", "u", "FLOAT", "5000000", "BLOB", blob})), "+OK");
    }
    for (int i = 0; i < 6; ++i) ASSERT_EQ(server(fmt::format("DEL t{}", i)), ":1");
    ASSERT_EQ(server("DEL u"), ":1");
    EXPECT_GT(kept(), 50'000'000) << "or there is nothing to give back";
    // Either the limit comes when the data are there, or the data when the limit is.
    const int keys = by_setting ? 15 : 25;
    if (!by_setting) {
      ASSERT_EQ(server("CONFIG SET maxmemory 320mb"), "+OK");
    }
    const std::string ten(10'000'000, 'x');
    for (int i = 0; i < keys; ++i) ASSERT_EQ(text_of(server.ask({"SET", fmt::format("k{}", i), ten})), "+OK");
    if (by_setting) {
      ASSERT_EQ(server("CONFIG SET maxmemory 200mb"), "+OK");
    }
    for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(server.ask({"SET", "last", std::string(100'000, 'x')})), "+OK");
    EXPECT_EQ(server("DBSIZE"), fmt::format(":{}", keys + 1));
    EXPECT_THAT(server.ask({"INFO", "stats"}).text, HasSubstr("evicted_keys:0"));
    EXPECT_EQ(kept(), 0);
  }
}

/// Two nodes of a cluster, one of which has all slots and the other replicates it.
TEST(ClusterFailover, LosesNothing) {
  const auto node = [] {
    return std::make_unique<Node>("cluster-enabled yes\ncluster-node-timeout 2000\ncluster-port " +
                                  std::to_string(free_port()) + "\n");
  };
  const std::unique_ptr<Node> first = node(), second = node();
  Node &one = *first, &two = *second;
  ASSERT_EQ(one("CLUSTER ADDSLOTSRANGE 0 16383"), "+OK");
  const std::string nodes = one->ask({"CLUSTER", "NODES"}).text, name = nodes.substr(0, nodes.find(' '));
  const std::string bus = nodes.substr(nodes.find('@') + 1);
  ASSERT_EQ(two(fmt::format("CLUSTER MEET 127.0.0.1 {} {}", one.port(), std::stoi(bus))), "+OK");
  ASSERT_TRUE(eventually([&] { return two("CLUSTER REPLICATE " + name) == "+OK"; }));
  ASSERT_TRUE(eventually([&] { return two.follows(); }));
  ASSERT_TRUE(eventually(
      [&] { return one->ask({"CLUSTER", "INFO"}).text.find("cluster_state:ok") != std::string::npos; }));
  Workload::prepare(one.server());
  std::atomic<Node*> master = &one;
  Workload load([&]() -> const LiveServer& { return master.load()->server(); });
  load.start();
  std::this_thread::sleep_for(a_while);
  ASSERT_TRUE(eventually([&] { return two("CLUSTER FAILOVER") == "+OK"; }));
  ASSERT_TRUE(eventually([&] { return two.is_master(); }));
  master = &two;
  std::this_thread::sleep_for(a_while);
  load.stop();
  ASSERT_TRUE(living(one));
  ASSERT_TRUE(living(two));
  ASSERT_TRUE(eventually([&] { return one.follows(); }));
  EXPECT_TRUE(same(two, one));
  EXPECT_THAT(load.faults(two.server()), IsEmpty());
  EXPECT_THAT(load.surprises(), IsEmpty());
}

}  // namespace
}  // namespace windtunnel::tensordb
