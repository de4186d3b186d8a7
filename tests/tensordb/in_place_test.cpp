// Checks operations that write over the value they replace, while others look: by every way that leads to a key's
// content, nobody sees half a result or one that comes before another already seen, no acknowledged step is lost, and
// files and copies made meanwhile hold whole values. Each value is one number a million times over, so a torn one
// shows. Does not check the arithmetic (native_test), nor speed (bench/).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;

constexpr std::size_t length = 1'000'000;
const std::string update = "TENSOR.UPDATE w SGD PARAMS learning_rate 1 GRAD g";

/// The same step by way of many gradients, so that it is under way most of the time.
std::vector<std::string> long_update() {
  constexpr std::size_t gradients = 60;
  std::vector<std::string> words =
      words_of(fmt::format("TENSOR.AGGUPDATE w SGD PARAMS learning_rate 1 RULE mean KEYS {}", gradients));
  words.resize(words.size() + gradients, "g");
  return words;
}

/// The number that all elements of a BLOB are.
float the_one_number(const store::Reply& blob) {
  EXPECT_EQ(blob.text.size(), length * sizeof(float)) << text_of(blob).substr(0, 200);
  std::vector<float> elements(blob.text.size() / sizeof(float));
  if (elements.empty()) return 1;
  std::memcpy(elements.data(), blob.text.data(), blob.text.size());
  const auto different = std::find_if(elements.begin(), elements.end(), [&](float f) { return f != elements[0]; });
  EXPECT_EQ(different, elements.end()) << elements[0] << ", then " << *different << " at "
                                       << different - elements.begin();
  return elements[0];
}

std::vector<float> times_over(float number) { return std::vector<float>(length, number); }

class InPlace : public testing::Test {
 protected:
  explicit InPlace(const std::string& configuration = "save \"\"\n")
      : server({.configuration = configuration, .module_arguments = "THREADS 2"}) {}
  void SetUp() override {
    set("w", 0);
    set("g", 1);
  }
  void set(const std::string& key, float number) {
    const std::vector<float> elements = times_over(number);
    const std::string blob(reinterpret_cast<const char*>(elements.data()), length * sizeof(float));
    ASSERT_EQ(text_of(server.ask({"AI.TENSORSET", key, "FLOAT", std::to_string(length), "BLOB", blob})), "+OK");
  }
  float get(const std::string& key) { return the_one_number(server.ask({"AI.TENSORGET", key, "BLOB"})); }
  std::uint64_t in_place() {
    const std::string info = server.ask({"INFO", "modules"}).text, field = "tensordb_native_in_place:";
    const std::size_t at = info.find(field);
    return at == std::string::npos ? 0 : std::stoull(info.substr(at + field.size()));
  }

  /// Steps by -1 on a connection of its own, for as long as the object lives.
  class Stepper {
   public:
    Stepper(InPlace& test, std::vector<std::string> allowed_errors = {})
        : thread_([this, &test, allowed = std::move(allowed_errors)] {
            const auto connection = test.server.connect();
            while (!enough_) {
              const std::string reply = text_of(LiveServer::ask(*connection, long_update()));
              if (reply == "+OK") {
                ++steps_;
              } else {
                EXPECT_THAT(allowed, testing::Contains(reply));
              }
            }
          }) {
      while (steps_ < 3) std::this_thread::yield();
    }
    ~Stepper() { stop(); }
    /// Steps that were acknowledged.
    int stop() {
      enough_ = true;
      if (thread_.joinable()) thread_.join();
      return steps_;
    }
    int so_far() const { return steps_; }

   private:
    std::atomic<int> steps_ = 0;
    std::atomic<bool> enough_ = false;
    std::thread thread_;
  };

  /// Has somebody look again and again while steps are taken; `look` returns the number that it saw.
  template <class Look>
  void watch(int times, Look look) {
    const std::uint64_t before = in_place();
    Stepper stepper(*this);
    float last = 0;
    for (int i = 0; i < times; ++i) {
      const int acknowledged = stepper.so_far();
      const float seen = look();
      EXPECT_LE(seen, -acknowledged) << "an acknowledged step is not to be seen";
      EXPECT_LE(seen, last);
      last = seen;
    }
    const int steps = stepper.stop();
    EXPECT_EQ(get("w"), -steps);
    EXPECT_GT(in_place(), before) << "nothing was written in place: this test looked at something else";
  }

  /// Waits until INFO no longer says so; false when it takes a minute (a child that waits for a thread it does not
  /// have).
  bool ended(const std::string& field) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < patience) {
      if (server.ask({"INFO", "persistence"}).text.find(field) == std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  LiveServer server;
};

TEST_F(InPlace, AValueNobodyElseHoldsIsWrittenOver) {
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(server(update), "+OK");
  EXPECT_EQ(server("TENSOR.AGGREGATE w RULE mean KEYS 2 g g"), "+OK");
  EXPECT_EQ(get("w"), 1);
  EXPECT_EQ(server("TENSOR.AGGUPDATE w MOMENTUM RULE mean KEYS 2 g g"), "+OK");
  EXPECT_EQ(server("AI.MODELUPDATE w 1 g"), "+OK");
  EXPECT_EQ(server("TENSOR.ACCUMULATE a g"), "+OK");  // makes the key
  EXPECT_EQ(server("TENSOR.ACCUMULATE a g"), "+OK");
  EXPECT_EQ(get("a"), 1);
  EXPECT_EQ(in_place(), 9U);
}

TEST_F(InPlace, WhatOthersHoldIsNot) {
  EXPECT_EQ(server("COPY w same"), ":1");
  EXPECT_EQ(server(update), "+OK");
  EXPECT_EQ(get("w"), -1);
  EXPECT_EQ(get("same"), 0);
  EXPECT_EQ(server("TENSOR.UPDATE g SGD PARAMS learning_rate 1 GRAD g"), "+OK") << "parameters and gradient in one";
  EXPECT_EQ(get("g"), 0);
  EXPECT_EQ(server("TENSOR.AGGREGATE same RULE mean KEYS 2 same w"), "+OK") << "the output is an input";
  EXPECT_EQ(get("same"), -0.5F);
  EXPECT_EQ(server("TENSOR.AGGREGATE same RULE median KEYS 3 w w g"), "+OK") << "a rule that sorts";
  EXPECT_EQ(get("same"), -1);
  EXPECT_EQ(in_place(), 0U);
}

TEST_F(InPlace, Readers) {
  watch(40, [&] { return get("w"); });
}

TEST_F(InPlace, Scripts) {
  watch(20, [&] {
    return the_one_number(server.ask({"EVAL", "return redis.call('AI.TENSORGET', KEYS[1], 'BLOB')", "1", "w"}));
  });
}

TEST_F(InPlace, Transactions) {
  watch(20, [&] {
    EXPECT_EQ(server("MULTI"), "+OK");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(server("AI.TENSORGET w BLOB"), "+QUEUED");
    const store::Reply both = server.ask({"EXEC"});
    const float first = the_one_number(both.elements.at(0));
    EXPECT_EQ(the_one_number(both.elements.at(1)), first);
    return first;
  });
}

TEST_F(InPlace, Copies) {
  watch(20, [&] {
    EXPECT_EQ(server("COPY w c REPLACE"), ":1");
    return get("c");
  });
}

TEST_F(InPlace, DumpedForms) {
  watch(10, [&] {
    const store::Reply dump = server.ask({"DUMP", "w"});
    EXPECT_EQ(text_of(server.ask({"RESTORE", "d", "0", dump.text, "REPLACE"})), "+OK");
    return get("d");
  });
}

TEST_F(InPlace, AggregatesOfIt) {
  watch(10, [&] {
    EXPECT_EQ(server("TENSOR.AGGREGATE m RULE mean KEYS 2 w w"), "+OK");
    return get("m");
  });
}

TEST_F(InPlace, Reloads) {
  watch(5, [&] {
    EXPECT_EQ(server("DEBUG RELOAD"), "+OK");
    return get("w");
  });
}

TEST_F(InPlace, SavedFilesHoldWholeValues) {
  for (int round = 0; round < 4; ++round) {
    std::optional<Stepper> stepper(std::in_place, *this);
    EXPECT_EQ(server("BGSAVE"), "+Background saving started");
    ASSERT_TRUE(ended("rdb_bgsave_in_progress:1"));
    EXPECT_THAT(server.ask({"INFO", "persistence"}).text, HasSubstr("rdb_last_bgsave_status:ok"));
    stepper.reset();
    const float at_last = get("w");
    server.restart();
    const float saved = get("w");
    EXPECT_LT(saved, 0);
    EXPECT_GT(saved, at_last);
  }
}

TEST_F(InPlace, ItsKeyMayBeRenamedMeanwhile) {
  Stepper stepper(*this, {"-ERR tensor key is empty or in a different shard"});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(server("RENAME w elsewhere"), "+OK");
    EXPECT_EQ(server("RENAME elsewhere w"), "+OK");
  }
  const int steps = stepper.stop();
  EXPECT_EQ(get("w"), -steps);
  EXPECT_GT(in_place(), 0U);
}

TEST_F(InPlace, ItsDatabaseMayBeSwappedMeanwhile) {
  Stepper stepper(*this, {"-ERR tensor key is empty or in a different shard"});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(server("SWAPDB 0 1"), "+OK");
    EXPECT_EQ(server("SWAPDB 0 1"), "+OK");
  }
  const int steps = stepper.stop();
  EXPECT_EQ(get("w"), -steps);
}

TEST_F(InPlace, ItsKeyMayBeSetOrDeletedMeanwhile) {
  std::optional<Stepper> stepper(std::in_place, *this,
                                 std::vector<std::string>{"-ERR tensor key is empty or in a different shard"});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server(i % 2 == 0 ? "DEL w" : "UNLINK w"), ":1");
    set("w", static_cast<float>(1000 + i));
    EXPECT_LE(get("w"), 1000 + i);
    set("w", static_cast<float>(2000 + i));
  }
  stepper.reset();
  EXPECT_LE(get("w"), 2019);
  EXPECT_EQ(server("FLUSHALL ASYNC"), "+OK");
  EXPECT_EQ(server("DBSIZE"), ":0");
}

TEST_F(InPlace, ClientsThatLeaveInTheMiddle) {
  constexpr int clients = 10;
  for (int i = 0; i < clients; ++i) server.ask_and_leave(long_update());
  EXPECT_EQ(server(update), "+OK");  // after all that had arrived; a line that had not may still come
  EXPECT_THAT(get("w"), testing::AllOf(testing::Ge(-clients - 1), testing::Le(-1)));
}

class InPlaceWithLog : public InPlace {
 protected:
  InPlaceWithLog() : InPlace("save \"\"\nappendonly yes\nappendfsync always\n") {}
};

// The operation itself is in the log: who replays it gets the same, also when the log was rewritten from a snapshot
// while steps were under way.
TEST_F(InPlaceWithLog, EveryAcknowledgedStepIsReplayed) {
  Stepper stepper(*this);
  for (int round = 0; round < 3; ++round) {
    const int before = stepper.so_far();
    while (stepper.so_far() < before + 5) std::this_thread::yield();
    EXPECT_THAT(server("BGREWRITEAOF"), HasSubstr("rewriting started"));
    ASSERT_TRUE(ended("aof_rewrite_in_progress:1"));
    EXPECT_THAT(server.ask({"INFO", "persistence"}).text, HasSubstr("aof_last_bgrewrite_status:ok"));
  }
  const int steps = stepper.stop();
  server.restart();
  EXPECT_EQ(get("w"), -steps);
}

}  // namespace
}  // namespace windtunnel::tensordb
