// Checks what the server does beside its work: while an aggregate or a program runs for long, other clients are
// answered before it ends, reads give the old value, and a reload of all data neither loses nor doubles the result; and
// at rest its threads sleep. How fast the answers come is measured in bench/, not here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

/// A command on a connection of its own, from when the server works on it until it is answered.
class Long {
 public:
  Long(LiveServer& server, const std::vector<std::string>& words)
      : thread_([this, &server, words] {
          const auto connection = server.connect();
          reply_ = text_of(LiveServer::ask(*connection, words));
          answered_ = true;
        }) {
    // Flag b: the client waits while a worker works for it.
    while (!answered_ && server.ask({"CLIENT", "LIST"}).text.find("flags=b") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  ~Long() {
    if (thread_.joinable()) thread_.join();
  }
  Long(const Long&) = delete;
  Long& operator=(const Long&) = delete;

  bool answered() const { return answered_; }
  std::string reply() {
    thread_.join();
    return reply_;
  }

 private:
  std::string reply_;
  std::atomic<bool> answered_ = false;
  std::thread thread_;
};

/// A command with one key so often that the rule, whose work grows with the square, takes a second or two.
std::vector<std::string> long_line(const std::string& start) {
  constexpr std::size_t times = 120;
  std::vector<std::string> words = words_of(fmt::format("{} RULE krum KEYS {}", start, times));
  words.resize(words.size() + times, "g");
  return words;
}

class Busy : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(server("AI.TENSORSET g FLOAT 1000000"), "+OK");
    ASSERT_EQ(server("AI.TENSORSET out FLOAT 1 VALUES 7"), "+OK");
  }
  LiveServer server{{.module_arguments = "THREADS 2 SCRIPT_TIME_LIMIT_MS 3000"}};
};

TEST_F(Busy, OthersAreAnsweredBeforeALongAggregateEnds) {
  Long aggregate(server, long_line("TENSOR.AGGREGATE out"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(server("PING"), "+PONG");
    EXPECT_EQ(server("AI.TENSORSET other FLOAT 1 VALUES 1"), "+OK");
    EXPECT_EQ(server("AI.TENSORGET out VALUES"), "[\"7\"]");
  }
  EXPECT_FALSE(aggregate.answered());
  EXPECT_EQ(aggregate.reply(), "+OK");
  EXPECT_EQ(server("AI.TENSORGET out META"), "[\"dtype\", \"FLOAT\", \"shape\", [:1000000]]");
}

// More work than a whole number of 64 bits can say must not look like little, which is done at once on the main thread.
TEST_F(Busy, OthersAreAnsweredHoweverMuchACommandAsksFor) {
  constexpr std::size_t keys = 1'000'000, elements = 9'300'000;
  ASSERT_EQ(server(fmt::format("AI.TENSORSET huge FLOAT {}", elements)), "+OK");
  std::vector<std::string> words = words_of(fmt::format("TENSOR.AGGREGATE out RULE mean KEYS {}", keys));
  words.resize(words.size() + keys, "huge");
  const auto connection = server.connect();
  std::thread asking(
      [&] { EXPECT_THROW(LiveServer::ask(*connection, words), std::exception) << "the server is gone"; });
  while (server.ask({"CLIENT", "LIST"}).text.find("flags=b") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(server("PING"), "+PONG");
  EXPECT_EQ(server("AI.TENSORGET out VALUES"), "[\"7\"]");
  server.kill_it();
  asking.join();
}

TEST_F(Busy, OthersAreAnsweredBeforeALongProgramEnds) {
  ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "1", "forever", "SOURCE", main_source})),
            "+OK");
  Long program(server, words_of("AI.SCRIPTEXECUTE s forever INPUTS 1 g OUTPUTS 1 out"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(server("PING"), "+PONG");
    EXPECT_EQ(server("AI.TENSORGET out VALUES"), "[\"7\"]");
  }
  EXPECT_FALSE(program.answered());
  EXPECT_THAT(program.reply(), testing::HasSubstr("took longer than it may"));
}

TEST_F(Busy, AReloadOfAllDataLeavesWorkUnderWayRight) {
  Long aggregate(server, long_line("TENSOR.AGGREGATE out"));
  EXPECT_EQ(server("DEBUG RELOAD"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET out VALUES"), "[\"7\"]");
  EXPECT_FALSE(aggregate.answered());
  EXPECT_EQ(aggregate.reply(), "+OK");
  EXPECT_EQ(server("AI.TENSORGET out META"), "[\"dtype\", \"FLOAT\", \"shape\", [:1000000]]");
  EXPECT_EQ(server("DBSIZE"), ":2");
}

TEST_F(Busy, AFlushDuringAnUpdateLeavesNothingBehind) {
  ASSERT_EQ(server("AI.TENSORSET w FLOAT 1000000"), "+OK");
  Long update(server, long_line("TENSOR.AGGUPDATE w SGD"));
  EXPECT_EQ(server("FLUSHALL"), "+OK");
  EXPECT_FALSE(update.answered());
  EXPECT_EQ(update.reply(), "-ERR tensor key is empty or in a different shard");
  EXPECT_EQ(server("DBSIZE"), ":0");
}

/// How often all threads of a process have gone to sleep by themselves.
long sleeps(int pid) {
  long sum = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("voluntary_ctxt_switches:")) sum += std::stol(line.substr(line.find(':') + 1));
    }
  }
  return sum;
}

long sleeps_in_two_seconds(const LiveServer& server) {
  const long before = sleeps(server.pid());
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return sleeps(server.pid()) - before;
}

TEST_F(Busy, AtRestItsThreadsSleep) {
  ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "1", "avg", "SOURCE", main_source})),
            "+OK");
  ASSERT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 1 g OUTPUTS 1 o"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE o RULE median KEYS 2 g g"), "+OK");
  std::this_thread::sleep_for(std::chrono::seconds(1));  // the allocator's threads settle
  const LiveServer plain({.with_module = false});
  // Redis itself wakes ten times a second; threads that poll, as RedisAI's do each millisecond, would add thousands.
  EXPECT_LE(sleeps_in_two_seconds(server), sleeps_in_two_seconds(plain) + 40);
}

}  // namespace
}  // namespace windtunnel::tensordb
