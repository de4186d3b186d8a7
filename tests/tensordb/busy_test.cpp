// Checks what the server does beside its work: while an aggregate or a program runs for long, other clients are
// answered before it ends, reads give the old value, and a reload of all data neither loses nor doubles the result; and
// at rest its threads sleep. How fast the answers come is measured in bench/, not here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/model_archive.h"
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
  explicit Busy(const std::string& more = "") : server({.module_arguments = "THREADS 2" + more}) {}
  LiveServer server;
};

class BusyWithATimeLimit : public Busy {
 protected:
  BusyWithATimeLimit() : Busy(" SCRIPT_TIME_LIMIT_MS 1500") {}
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

/// Elements of a tensor that goes to and fro as text; the 10 million of a large layer when asked for.
std::size_t text_elements() {
  const char* text = std::getenv("WINDTUNNEL_TEXT_ELEMENTS");
  return text == nullptr ? 500'000 : std::stoull(text);
}

/// How long others waited for a PONG while `command` was under way, milliseconds, in order.
std::vector<double> pings_during(LiveServer& server, const std::vector<std::string>& command) {
  std::atomic<bool> done = false;
  const auto connection = server.connect();
  std::thread asking([&] {
    const store::Reply reply = LiveServer::ask(*connection, command);
    const bool whole = reply.kind == store::Reply::Kind::array ? reply.elements.size() > 1
                                                               : reply.kind == store::Reply::Kind::bulk || reply.text == "OK";
    EXPECT_TRUE(whole) << reply.text;
    done = true;
  });
  std::vector<double> all;
  while (!done) {
    const auto start = std::chrono::steady_clock::now();
    server("PING");
    all.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  asking.join();
  std::sort(all.begin(), all.end());
  return all;
}

// Numbers become text and text numbers on a worker. With WINDTUNNEL_TEXT_ELEMENTS=10000000, on a machine that does nothing
// else, the time of an answer is checked too.
TEST_F(Busy, OthersAreAnsweredWhileManyNumbersAreText) {
  const std::size_t n = text_elements();
  const std::vector<std::string> values(n, "0.1");
  const auto with = [&](const std::string& start, const std::string& end) {
    std::vector<std::string> words = words_of(fmt::format("{} DOUBLE {} VALUES", start, n));
    words.insert(words.end(), values.begin(), values.end());
    for (std::string& word : words_of(end)) words.push_back(std::move(word));
    return words;
  };
  const std::vector<std::pair<std::string, std::vector<std::string>>> forms{
      {"TENSORSET", with("AI.TENSORSET v", "")},
      {"TENSORGET VALUES", words_of("AI.TENSORGET v VALUES")},
      {"TENSORGET META VALUES", words_of("AI.TENSORGET v META VALUES")},
      {"DAG that sets", with("AI.DAGEXECUTE PERSIST 1 v |> AI.TENSORSET v", "|> AI.TENSORGET v META")},
      {"DAG that reads", words_of("AI.DAGEXECUTE_RO LOAD 1 v |> AI.TENSORGET v META |> AI.TENSORGET v VALUES")},
      {"DAG that sets and reads", with("AI.DAGEXECUTE ROUTING r |> AI.TENSORSET v", "|> AI.TENSORGET v VALUES")}};
  for (const auto& [form, command] : forms) {
    const std::vector<double> waits = pings_during(server, command);
    EXPECT_GE(waits.size(), 20U) << form;
    const double most = waits[waits.size() * 99 / 100];
    std::cout << fmt::format("{}: {} pings, 99 % within {:.2f} ms, longest {:.1f} ms\n", form, waits.size(), most,
                             waits.back());
    if (std::getenv("WINDTUNNEL_TEXT_ELEMENTS") != nullptr) {
      EXPECT_LE(most, 5) << form;
    }
  }
  EXPECT_EQ(server("AI.TENSORGET v META"), fmt::format("[\"dtype\", \"DOUBLE\", \"shape\", [:{}]]", n));
}

/// Megabytes of a model that is stored and read; the 500 of a large language model when asked for.
int model_megabytes() {
  const char* text = std::getenv("WINDTUNNEL_MODEL_MB");
  return text == nullptr ? 64 : std::stoi(text);
}

/// Whether a client was seen waiting for a worker while `command` was under way.
bool is_work_of_a_worker(LiveServer& server, const std::vector<std::string>& command) {
  std::atomic<bool> done = false;
  bool seen = false;
  const auto connection = server.connect();
  std::thread asking([&] {
    LiveServer::ask(*connection, command);
    done = true;
  });
  while (!done) seen = seen || server.ask({"CLIENT", "LIST"}).text.find("flags=b") != std::string::npos;
  asking.join();
  return seen;
}

// Archives are put together and sent by workers. With WINDTUNNEL_MODEL_MB=500, on a machine that does nothing else, the
// time of an answer is checked too: 20 ms, or what Redis itself takes to give so many bytes and to free them, which it does
// with every command's arguments and replies.
TEST_F(Busy, OthersAreAnsweredWhileALargeModelComesAndGoes) {
  const std::string archive = make_model("wide", server.folder(), model_megabytes());
  ASSERT_EQ(server("CONFIG SET proto-max-bulk-len 2gb"), "+OK");
  ASSERT_EQ(server("AI.CONFIG MODEL_CHUNK_SIZE 100000000"), "+OK");
  std::vector<std::string> in_chunks = words_of("AI.MODELSTORE mod TORCH CPU BLOB");
  for (std::size_t at = 0; at < archive.size(); at += 100'000'000) in_chunks.push_back(archive.substr(at, 100'000'000));
  const std::vector<std::pair<std::string, std::vector<std::string>>> forms{
      {"Redis's own SET", {"SET", "plain", archive}},
      {"Redis's own GET", {"GET", "plain"}},
      {"MODELSTORE", {"AI.MODELSTORE", "mod", "TORCH", "CPU", "BLOB", archive}},
      {"MODELSTORE in chunks, over another", in_chunks},
      {"MODELGET", words_of("AI.MODELGET mod")},
      {"MODELGET BLOB", words_of("AI.MODELGET mod BLOB")},
      {"MODELDEL", words_of("AI.MODELDEL mod")}};
  double of_redis = 0;
  for (const auto& [form, command] : forms) {
    const std::vector<double> waits = pings_during(server, command);
    ASSERT_FALSE(waits.empty()) << form;
    std::cout << fmt::format("{}: {} pings, longest {:.1f} ms\n", form, waits.size(), waits.back());
    if (form.starts_with("Redis")) of_redis = std::max(of_redis, waits.back());
    if (std::getenv("WINDTUNNEL_MODEL_MB") != nullptr) {
      EXPECT_LE(waits.back(), std::max(20.0, of_redis)) << form;
    }
  }
  EXPECT_EQ(server("EXISTS mod"), ":0");
  ASSERT_EQ(text_of(server.ask(in_chunks)), "+OK");
  EXPECT_TRUE(is_work_of_a_worker(server, words_of("AI.MODELGET mod BLOB")));
  EXPECT_TRUE(is_work_of_a_worker(server, words_of("AI.MODELGET mod")));
  std::string whole;
  for (const store::Reply& piece : server.ask({"AI.MODELGET", "mod", "BLOB"}).elements) whole += piece.text;
  if (archive.size() <= 100'000'000) whole = server.ask({"AI.MODELGET", "mod", "BLOB"}).text;
  EXPECT_TRUE(whole == archive);
  EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 1 out OUTPUTS 1 o"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"8\"]");
}

// The arguments that a worker reads are the server's, and gone with the client.
TEST_F(Busy, AClientThatLeavesWhileItsNumbersAreRead) {
  std::vector<std::string> command = words_of("AI.TENSORSET left FLOAT 300000 VALUES");
  command.resize(command.size() + 300'000, "0.12345678");
  const std::vector<std::string> model{"AI.MODELSTORE", "left", "TORCH", "CPU", "BLOB", std::string(200'000'000, 'x')};
  for (int i = 0; i < 10; ++i) {
    const auto connection = server.connect();
    std::atomic<bool> done = false;
    std::thread asking([&] {
      try {
        LiveServer::ask(*connection, i % 2 == 0 ? command : model);
      } catch (const std::exception&) {
        // As was meant.
      }
      done = true;
    });
    while (!done && server.ask({"CLIENT", "LIST"}).text.find("flags=b") == std::string::npos) {
    }
    server("CLIENT KILL TYPE normal SKIPME yes");
    asking.join();
  }
  EXPECT_EQ(server("PING"), "+PONG");
}

TEST_F(BusyWithATimeLimit, NativeOperationsEnd) {
  std::vector<std::string> words = words_of("TENSOR.AGGREGATE out RULE krum KEYS 2000");
  words.resize(words.size() + 2000, "g");  // minutes
  EXPECT_EQ(text_of(server.ask(words)), "-ERR the operation took longer than it may (SCRIPT_TIME_LIMIT_MS)");
  words = words_of("TENSOR.AGGREGATE out RULE median KEYS 2000");
  words.resize(words.size() + 2000, "g");
  EXPECT_EQ(text_of(server.ask(words)), "-ERR the operation took longer than it may (SCRIPT_TIME_LIMIT_MS)");
  EXPECT_EQ(server("AI.CONFIG MAX_SCRIPT_MB 1"), "+OK");
  words = words_of("TENSOR.AGGREGATE out RULE krum KEYS 400");
  words.resize(words.size() + 400, "g");  // 400² distances: 1.2 MB
  EXPECT_EQ(text_of(server.ask(words)), "-OOM not enough memory for the tensors of this command");
  // Rows of a million values that are clipped, then compared: four copies of 4 MB.
  EXPECT_EQ(server("TENSOR.AGGREGATE out RULE clip PARAMS rule krum rule.f 0 KEYS 4 g g g g"),
            "-OOM not enough memory for the tensors of this command");
  EXPECT_EQ(server("AI.TENSORGET out VALUES"), "[\"7\"]");
}

TEST_F(BusyWithATimeLimit, OthersAreAnsweredBeforeALongProgramEnds) {
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
  EXPECT_EQ(update.reply(), "-ERR the database was flushed while the command ran; nothing is stored");
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
