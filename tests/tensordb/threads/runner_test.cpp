// Checks the runner by itself, on a server of a few lines (fake_server.h): every command has one reply whether it ends,
// fails or runs out of time; jobs that change one key never overlap; a job whose value was replaced runs again; nothing
// is stored in a pause, after a flush, or for somebody who has left. Meant to be run under ThreadSanitizer too. Does not check values or Redis (the other tests of this room do).
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tensordb/command_error.h"
#include "tensordb/runner.h"
#include "tests/tensordb/threads/fake_server.h"

namespace windtunnel::tensordb {
namespace {

constexpr int keys = 5;

/// What the jobs work on. Plain numbers: whoever touches one without having been let shows in ThreadSanitizer.
struct World {
  std::array<int, keys> stored{};     // under the lock
  std::array<int, keys> under_way{};  // by the one job that changes the key
  int expected_steps[keys] = {};
};

/// Adds one to a key, taking its time over it.
class StepJob final : public Job {
 public:
  struct Way {
    int key;
    int work = 0;        ///< loops
    bool brief = false;  ///< on the main thread
    bool fails = false;  ///< while it computes
    int interfered = 0;  ///< how often somebody replaces the value meanwhile; not for brief ones
    int timeout_ms = 0;
  };
  StepJob(std::shared_ptr<World> world, Way way) : held_(std::move(world)), world_(*held_), way_(way) {
    writes.push_back(std::to_string(way.key));
    if (way.timeout_ms > 0) timeout = std::chrono::milliseconds(way.timeout_ms);
  }
  void gather(redis::Context*) override { before_ = world_.stored[index()]; }
  void compute(const JobContext& context) override {
    int& mine = world_.under_way[index()];
    EXPECT_EQ(++mine, 1);
    volatile double sum = 0;
    for (int i = 0; i < way_.work; ++i) {
      sum = sum + i;
      if (context.cancelled != nullptr && *context.cancelled) break;
    }
    --mine;
    if (way_.fails) throw CommandError("ERR as was wanted");
    after_ = before_ + 1;
  }
  bool commit(redis::Context*) override {
    EXPECT_EQ(redis::api().avoid_replica_traffic(), 0);
    EXPECT_EQ(world_.stored[index()], before_);
    if (way_.interfered-- > 0) return false;
    world_.stored[index()] = after_;
    ++world_.expected_steps[index()];
    return true;
  }
  bool brief() const override { return way_.brief; }

 private:
  std::size_t index() const { return static_cast<std::size_t>(way_.key); }
  std::shared_ptr<World> held_;
  World& world_;
  Way way_;
  int before_ = 0, after_ = 0;
};

class RunnerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = &FakeServer::instance();
    start_runner(server->client(), {.threads = 4, .time_limit = std::chrono::seconds(60)});
  }
  std::size_t run(StepJob::Way way) {
    redis::Context* client = server->client();
    runner().run(client, std::make_unique<StepJob>(held, way));
    return server->clients() - 1;
  }
  void finish() {
    while (server->blocked() > 0) server->turn();
    EXPECT_EQ(runner().waiting(), 0U);
  }
  const std::string& reply(std::size_t client) {
    EXPECT_EQ(server->replies(client).size(), 1U);
    return server->replies(client).at(0);
  }

  static inline FakeServer* server = nullptr;
  // A worker that was told to stop may still be at it when the test ends: jobs hold it too.
  std::shared_ptr<World> held = std::make_shared<World>();
  World& world = *held;
};

TEST_F(RunnerTest, EveryCommandHasOneReplyAndNoStepIsLost) {
  std::map<std::string, int> replies;
  std::vector<std::size_t> clients;
  for (int i = 0; i < 2000; ++i) {
    clients.push_back(run({.key = i * 7 % keys,
                           .work = i % 11 * 300,
                           .brief = i % 5 == 0,
                           .fails = i % 13 == 0,
                           .interfered = i % 17 == 0 && i % 5 != 0 ? 2 : 0,
                           .timeout_ms = i % 3 == 0 ? 1 + i % 4 : 0}));
    if (i % 8 == 0) server->turn();
  }
  finish();
  for (const std::size_t client : clients) ++replies[reply(client)];
  EXPECT_EQ(replies["+OK"] + replies["-ERR as was wanted"] + replies["+TIMEDOUT"], 2000);
  EXPECT_GT(replies["+OK"], 0);
  EXPECT_GT(replies["-ERR as was wanted"], 0);
  int steps = 0;
  for (std::size_t key = 0; key < keys; ++key) {
    EXPECT_EQ(world.stored[key], world.expected_steps[key]);
    steps += world.stored[key];
  }
  EXPECT_EQ(steps, replies["+OK"]);
}

TEST_F(RunnerTest, TimePassesForThoseWhoWaitAndThoseWhoRun) {
  const std::size_t runs = run({.key = 0, .work = 1 << 30, .timeout_ms = 20});
  const std::size_t waits = run({.key = 0, .timeout_ms = 5});
  const std::size_t patient = run({.key = 0});
  finish();
  EXPECT_EQ(reply(runs), "+TIMEDOUT");
  EXPECT_EQ(reply(waits), "+TIMEDOUT");
  EXPECT_EQ(reply(patient), "+OK");
  EXPECT_EQ(world.stored[0], 1);
}

TEST_F(RunnerTest, WhoWaitedForOneThatTimedOutGoesOn) {
  class TwoKeys final : public Job {
   public:
    TwoKeys() {
      reads.push_back("0");
      writes.push_back("1");
      timeout = std::chrono::milliseconds(5);
    }
    void gather(redis::Context*) override {}
    void compute(const JobContext&) override {}
    bool commit(redis::Context*) override { return true; }
  };
  const std::size_t runs = run({.key = 0, .work = 1 << 30, .timeout_ms = 300});
  runner().run(server->client(), std::make_unique<TwoKeys>());
  const std::size_t waits = server->clients() - 1, behind = run({.key = 1});
  while (server->replies(behind).empty()) server->turn();
  EXPECT_EQ(reply(waits), "+TIMEDOUT");
  EXPECT_EQ(reply(behind), "+OK");
  EXPECT_TRUE(server->replies(runs).empty()) << "it did not have to wait for the first one";
  finish();
}

TEST_F(RunnerTest, NothingIsStoredInAPauseAndEverythingAfterIt) {
  std::vector<std::size_t> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(run({.key = i % keys, .work = 3000, .fails = i % 13 == 0}));
    if (i % 20 == 7) server->pause(true);
    if (i % 20 == 15) server->pause(false);
    server->turn();
  }
  server->pause(true);
  const std::size_t stopped = run({.key = 0}), in_time = run({.key = 0, .timeout_ms = 10});
  for (int i = 0; i < 1000; ++i) server->turn();
  EXPECT_TRUE(server->replies(stopped).empty());
  EXPECT_EQ(reply(in_time), "+TIMEDOUT");
  server->pause(false);
  finish();
  int steps = 0;
  for (const std::size_t client : clients) steps += reply(client) == "+OK" ? 1 : 0;
  EXPECT_EQ(steps, 200 - 16);
  EXPECT_EQ(reply(stopped), "+OK");
  for (const int stored : world.stored) steps -= stored;
  EXPECT_EQ(steps, -1);
}

TEST_F(RunnerTest, WhoLeavesTakesTheJobAlong) {
  for (int round = 0; round < 20; ++round) {
    const int before = world.stored[1];
    server->pause(round % 2 == 0);
    run({.key = 0, .work = 1 << 30});                    // computes
    run({.key = 0});                                     // waits for it
    const std::size_t quick = run({.key = 1, .work = 10});  // has computed, in a pause
    for (int i = 0; i < 50; ++i) server->turn();
    server->everybody_leaves();
    EXPECT_EQ(server->blocked(), 0U);
    server->pause(false);
    for (int i = 0; i < 50; ++i) server->turn();
    EXPECT_EQ(world.stored[0], 0);
    EXPECT_EQ(world.stored[1] - before, static_cast<int>(server->replies(quick).size()));
  }
  const std::size_t next = run({.key = 0});
  finish();
  EXPECT_EQ(reply(next), "+OK");
}

TEST_F(RunnerTest, AFlushEndsWhatWasUnderWayAndASwapStartsItAgain) {
  const std::size_t runs = run({.key = 0, .work = 1000000}), waits = run({.key = 0});
  runner().flushed(1);
  const std::size_t other = run({.key = 1, .work = 1000000});
  runner().flushed(0);
  runner().swapped(0, 1);
  const std::size_t swapped = run({.key = 2, .work = 1000000});
  runner().swapped(1, 0);
  const std::size_t reloaded = run({.key = 3, .work = 1000000});
  runner().flushed(-1);
  runner().reloaded();
  finish();
  EXPECT_TRUE(reply(runs).starts_with("+OK")) << "its keys were read again";
  EXPECT_EQ(reply(waits), "+OK");
  EXPECT_EQ(reply(other), "+OK");
  EXPECT_EQ(reply(swapped), "+OK");
  EXPECT_EQ(reply(reloaded), "+OK");
  const std::size_t flushed = run({.key = 4, .work = 1000000});
  runner().flushed(0);
  finish();
  EXPECT_TRUE(reply(flushed).starts_with("-ERR the database was flushed")) << reply(flushed);
  EXPECT_EQ(world.stored[4], 0);
}

TEST_F(RunnerTest, AValueThatIsReplacedForEverIsGivenUp) {
  const std::size_t client = run({.key = 2, .interfered = 1000});
  finish();
  EXPECT_TRUE(reply(client).starts_with("-TRYAGAIN")) << reply(client);
  EXPECT_EQ(world.stored[2], 0);
}

}  // namespace
}  // namespace windtunnel::tensordb
