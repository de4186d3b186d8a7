// Operators' commands at random while a workload is under way on a master and its replica: pauses of both kinds, failovers
// there and back, killed clients, limits of memory, swaps, rewrites of the log, a stopped replica, shutdown and restart.
// After each round both live, hold the same, and have what was acknowledged. Does not check crashes (kill_test) nor every
// reply (random_commands_test).
//
// WINDTUNNEL_FUZZ_SECONDS  how long (default 60)
// WINDTUNNEL_FUZZ_SEED     of the first round: what a failure prints, to see it again
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/tensordb/failover/pair.h"
#include "tests/tensordb/failover/workload.h"

namespace windtunnel::tensordb {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::stoull(text);
}

class RandomFailovers : public testing::Test {
 protected:
  void SetUp() override {
    Workload::prepare(one.server());
    two.follow(one);
    ASSERT_TRUE(eventually([&] { return two.follows(); }));
  }
  Node& master() { return *master_.load(); }
  Node& replica() { return &master() == &one ? two : one; }

  /// One thing an operator does; what it was.
  std::string disturb(std::mt19937_64& draw) {
    const auto below = [&](int n) { return static_cast<int>(draw() % static_cast<std::uint64_t>(n)); };
    switch (below(9)) {
      case 0:
      case 1: {
        const std::string line = fmt::format("CLIENT PAUSE {} {}", 1 + below(60), below(2) == 0 ? "WRITE" : "ALL");
        master()(line);
        return line;
      }
      case 2: {
        Node& next = replica();
        const std::string reply = master()("FAILOVER");
        if (reply != "+OK") return "FAILOVER refused: " + reply;
        if (!eventually([&] { return next.is_master(); })) throw std::runtime_error("the failover does not end");
        Node* old = master_.exchange(&next);
        if (!eventually([&] { return old->follows(); })) throw std::runtime_error("the old master does not follow");
        return "FAILOVER";
      }
      case 3:
        master()("CLIENT KILL TYPE normal SKIPME yes");
        return "CLIENT KILL";
      case 4: {
        const std::string line = below(2) == 0 ? "CONFIG SET maxmemory 1mb" : "CONFIG SET maxmemory 100mb";
        master()(line);
        std::this_thread::sleep_for(std::chrono::milliseconds(below(20)));
        master()("CONFIG SET maxmemory 0");
        return line;
      }
      case 5:
        for (const char* line : {"MULTI", "SWAPDB 0 1", "SWAPDB 0 1", "EXEC"}) master()(line);
        return "SWAPDB twice";
      case 6:
        master()("BGREWRITEAOF");
        return "BGREWRITEAOF";
      case 7: {
        kill(replica()->pid(), SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds(below(50)));
        kill(replica()->pid(), SIGCONT);
        return "a replica that stops";
      }
      default: {
        if (below(4) != 0) return "nothing";
        kill(replica()->pid(), SIGSTOP);
        kill(master()->pid(), SIGTERM);
        const bool ended = eventually([&] { return !master()->alive(); });
        kill(replica()->pid(), SIGCONT);
        if (!ended) throw std::runtime_error("SIGTERM does not end the server");
        if (master()->log().find("BUG REPORT") != std::string::npos) throw std::runtime_error(master()->last_words());
        master()->restart();
        if (!eventually([&] { return replica().follows(); })) throw std::runtime_error("the replica does not come back");
        return "SIGTERM with a lagging replica";
      }
    }
  }

  Node one{"appendonly yes\nappendfsync everysec\n"}, two{"appendonly yes\nappendfsync everysec\n"};
  std::atomic<Node*> master_ = &one;
};

TEST_F(RandomFailovers, NobodyDiesAndNothingAcknowledgedIsLost) {
  const auto until = Clock::now() + std::chrono::seconds(environment("WINDTUNNEL_FUZZ_SECONDS", 60));
  std::uint64_t seed = environment("WINDTUNNEL_FUZZ_SEED", static_cast<std::uint64_t>(
                                                               std::chrono::system_clock::now().time_since_epoch() /
                                                               std::chrono::milliseconds(1)));
  int rounds = 0, things = 0;
  Workload load([this]() -> const LiveServer& { return master().server(); });
  do {
    std::mt19937_64 draw(seed);
    std::string done;
    try {
      load.start();
      for (int i = 0; i < 8; ++i, ++things) {
        std::this_thread::sleep_for(std::chrono::milliseconds(draw() % 60));
        done += disturb(draw) + "\n";
      }
      load.stop();
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    const std::string story = fmt::format("seed {}\n{}", seed, done);
    ASSERT_TRUE(living(one)) << story;
    ASSERT_TRUE(living(two)) << story;
    ASSERT_TRUE(same(master(), replica())) << story;
    ASSERT_THAT(load.faults(master().server()), testing::IsEmpty()) << story;
    ASSERT_THAT(load.surprises(), testing::IsEmpty()) << story;
    ASSERT_FALSE(HasFailure()) << story;
    ++seed;
    ++rounds;
  } while (Clock::now() < until);
  std::cout << rounds << " rounds, " << things << " disturbances, " << load.acknowledged() << " steps acknowledged\n";
  EXPECT_GT(load.acknowledged(), 0);
}

}  // namespace
}  // namespace windtunnel::tensordb
