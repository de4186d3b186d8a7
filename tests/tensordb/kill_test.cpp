// Kills the server (SIGKILL) in the middle of writes and starts it again from its AOF file. What is checked:
//
// appendfsync always: everything that was acknowledged is there. A write under way, sent and not yet answered, is there
// whole or not at all.
//
// appendfsync everysec: every key holds one of the values that it had, whole; and none older than what was acknowledged
// two seconds before. The server process dies here, not the machine: what it wrote to the file is there whether it was
// forced to the disk or not. Redis writes before it answers, except while it forces earlier writes to the disk: then
// it may hold later ones back, for at most two seconds, and answer meanwhile.
//
// Both also while the AOF file is being rewritten, and for every way in which a value comes to be: set, stepped on the
// main thread and on a worker, accumulated, put out by a program, changed by several clients at once, in a transaction.
// Does not check a machine that loses its power.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <list>
#include <mutex>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using Clock = std::chrono::steady_clock;

/// How long Redis may hold back what it has acknowledged, with some leave for a busy machine.
constexpr auto held_back = std::chrono::milliseconds(2500);

void want_ok(const store::Reply& reply) {
  if (text_of(reply) != "+OK") throw std::runtime_error(text_of(reply));
}
void ask_ok(store::Connection& connection, const std::string& line) {
  want_ok(LiveServer::ask(connection, words_of(line)));
}

void set(store::Connection& connection, const std::string& key, std::size_t size, float value) {
  const std::vector<float> values(size, value);
  const std::string blob(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  want_ok(LiveServer::ask(connection, {"AI.TENSORSET", key, "FLOAT", std::to_string(size), "BLOB", blob}));
}

/// The one value of all `size` elements of a tensor; not a number when it is not whole.
float value_of(LiveServer& server, const std::string& key, std::size_t size) {
  const std::string blob = server.ask({"AI.TENSORGET", key, "BLOB"}).text;
  std::vector<float> values(size, 0.0F);
  if (blob.size() != size * sizeof(float)) return NAN;
  std::memcpy(values.data(), blob.data(), blob.size());
  return std::all_of(values.begin(), values.end(), [&](float v) { return v == values[0]; }) ? values[0] : NAN;
}

/// Somebody who takes a key from step to step; its value tells how many were taken.
struct Writer {
  std::string name;
  std::function<void(store::Connection&, int k)> step;  ///< the k-th, k = 1, 2 …; throws unless it is acknowledged
  std::function<double(LiveServer&)> taken;  ///< steps by what is stored; no whole number when that is no step's result
  int clients = 1;                           ///< who do this at once

  std::mutex mutex = {};
  int before = 0;                                    ///< steps found at the last start
  std::vector<Clock::time_point> acknowledged = {};  ///< steps since then

  /// Steps acknowledged up to `time`.
  int steps(Clock::time_point time) {
    const std::scoped_lock lock(mutex);
    const auto first_later = std::upper_bound(acknowledged.begin(), acknowledged.end(), time);
    return before + static_cast<int>(first_later - acknowledged.begin());
  }
  int steps() { return steps(Clock::time_point::max()); }
  void count() {
    const std::scoped_lock lock(mutex);
    acknowledged.push_back(Clock::now());
  }
};
using Writers = std::list<Writer>;

void add_writers(Writers& writers, std::size_t size) {
  const auto key = [=](const char* name) { return fmt::format("{}{}", name, size); };
  const auto add = [&](const char* name, auto step, auto taken, int clients = 1) {
    writers.emplace_back(
        key(name), step, [=](LiveServer& server) { return taken(value_of(server, key(name), size)); }, clients);
  };
  const std::string one = key("one");
  add(
      "set", [=](auto& connection, int k) { set(connection, key("set"), size, static_cast<float>(k)); },
      [](double value) { return value; });
  add(
      "step",
      [=](auto& connection, int) {
        ask_ok(connection, fmt::format("TENSOR.UPDATE {} SGD PARAMS learning_rate 1 GRAD {}", key("step"), one));
      },
      [](double value) { return -value; });
  // Only the first gradient is not zero: what moves the value further is remembered beside it.
  add(
      "momentum",
      [=](auto& connection, int k) {
        ask_ok(connection, fmt::format("TENSOR.UPDATE {} SGD PARAMS learning_rate 1 momentum 1 GRAD {}",
                                       key("momentum"), k == 1 ? one : key("zero")));
      },
      [](double value) { return -value; });
  // The mean of 0, 1 … k: what was set counts as the first value.
  add(
      "mean",
      [=](auto& connection, int k) {
        set(connection, key("next"), size, static_cast<float>(k));
        ask_ok(connection, fmt::format("TENSOR.ACCUMULATE {} {}", key("mean"), key("next")));
      },
      [](double value) { return 2 * value; });
  add(
      "program",
      [=](auto& connection, int) {
        ask_ok(connection,
               fmt::format("AI.SCRIPTEXECUTE s sgd INPUTS 2 {0} {1} ARGS 1 -1 OUTPUTS 1 {0}", key("program"), one));
      },
      [](double value) { return value; });
  add(
      "shared",
      [=](auto& connection, int) {
        ask_ok(connection,
               fmt::format("TENSOR.AGGUPDATE {} SGD PARAMS learning_rate 1 RULE mean KEYS 1 {}", key("shared"), one));
      },
      [](double value) { return -value; }, 3);
}

/// Two keys that are always set together.
void add_pair(Writers& writers) {
  writers.emplace_back(
      "pair",
      [](store::Connection& connection, int k) {
        const store::Words multi{"MULTI"}, exec{"EXEC"};
        const std::string value = std::to_string(k);
        const store::Words x{"AI.TENSORSET", "x", "FLOAT", "1", "VALUES", value};
        const store::Words y{"AI.TENSORSET", "y", "FLOAT", "1", "VALUES", value};
        const std::vector<store::Words> lines{multi, x, y, exec};
        const auto replies = connection.call(lines, "pair", store::Connection::Repeat::unsafe);
        if (text_of(replies[3]) != "[+OK, +OK]") throw std::runtime_error(text_of(replies[3]));
      },
      [](LiveServer& server) {
        const float x = value_of(server, "x", 1), y = value_of(server, "y", 1);
        return x == y ? x : NAN;
      });
}

constexpr std::size_t small = 4, large = 60'000;  // for the main thread, for a worker

class Kill {
 public:
  explicit Kill(const std::string& configuration) : server_({.configuration = configuration}) {
    const auto connection = server_.connect();
    want_ok(LiveServer::ask(*connection,
                            {"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "1", "sgd", "SOURCE", main_source}));
    for (const std::size_t size : {small, large}) {
      add_writers(writers_, size);
      set(*connection, fmt::format("one{}", size), size, 1);
      for (const char* key : {"zero", "set", "step", "momentum", "mean", "program", "shared"}) {
        set(*connection, fmt::format("{}{}", key, size), size, 0);
      }
    }
    add_pair(writers_);
    for (const char* key : {"x", "y"}) set(*connection, key, 1, 0);
  }

  /// Writes for about this long, kills the server, starts it again. `rewriting`: kills it while it rewrites its file.
  void run(std::chrono::milliseconds about, bool rewriting) {
    killed_ = false;
    std::vector<std::thread> threads;
    for (Writer& writer : writers_) {
      for (int i = 0; i < writer.clients; ++i) threads.emplace_back([this, &writer] { write(writer); });
    }
    const auto extra = std::chrono::milliseconds(Clock::now().time_since_epoch().count() / 1000 % about.count());
    std::this_thread::sleep_for(about + extra);
    if (rewriting) {
      server_("BGREWRITEAOF");
      EXPECT_NE(server_.ask({"INFO", "persistence"}).text.find("aof_rewrite_in_progress:1"), std::string::npos);
    }
    killed_ = true;
    killed_at_ = Clock::now();
    server_.kill_it();
    for (std::thread& thread : threads) thread.join();
    server_.start();
  }

  /// What is not as it was promised; afterwards the writers go on from what there is. `age`: of acknowledged steps that
  /// must be there.
  std::vector<std::string> faults(std::chrono::milliseconds age) {
    std::vector<std::string> all;
    for (Writer& writer : writers_) {
      const double found = writer.taken(server_);
      const int least = age.count() == 0 ? writer.steps() : writer.steps(killed_at_ - age);
      const int most = writer.steps() + writer.clients;
      if (!(found >= least && found <= most && found == std::floor(found))) {
        all.push_back(fmt::format("{}: {} steps are stored, {} to {} were promised", writer.name, found, least, most));
      }
      required_ += least - writer.before;
      writer.before = std::isfinite(found) ? static_cast<int>(found) : writer.steps();
      writer.acknowledged.clear();
    }
    return all;
  }
  /// Steps that had to be there and were not from before the last start.
  int required() const { return required_; }

 private:
  void write(Writer& writer) {
    try {
      const auto connection = server_.connect();
      while (!killed_) {
        writer.step(*connection, writer.steps() + 1);
        writer.count();
      }
    } catch (const std::exception& e) {
      if (!killed_) ADD_FAILURE() << writer.name << ": " << e.what();
    }
  }

  LiveServer server_;
  Writers writers_;
  std::atomic<bool> killed_ = false;
  Clock::time_point killed_at_;
  int required_ = 0;
};

/// Rewriting takes 50 ms a key, so that it is under way when it should be.
const char* const slow_rewrites = "auto-aof-rewrite-percentage 0\nrdb-key-save-delay 50000\n";

TEST(Kill, WithFsyncAlwaysEverythingAcknowledgedIsThere) {
  Kill kill(std::string("save \"\"\nappendonly yes\nappendfsync always\n") + slow_rewrites);
  for (int round = 0; round < 6; ++round) {
    kill.run(std::chrono::milliseconds(200), round % 2 == 1);
    EXPECT_THAT(kill.faults(std::chrono::milliseconds(0)), testing::IsEmpty()) << "round " << round;
  }
  EXPECT_GT(kill.required(), 100);
}

TEST(Kill, WithFsyncEverySecondNothingOlderIsLost) {
  Kill kill(std::string("save \"\"\nappendonly yes\nappendfsync everysec\n") + slow_rewrites);
  for (int round = 0; round < 4; ++round) {
    kill.run(round < 2 ? std::chrono::milliseconds(200) : std::chrono::milliseconds(3000), round % 2 == 1);
    EXPECT_THAT(kill.faults(held_back), testing::IsEmpty()) << "round " << round;
  }
  EXPECT_GT(kill.required(), 100);
}

TEST(Kill, LostWritesAreNoticed) {
  Kill kill("save \"\"\nappendonly no\n");
  kill.run(std::chrono::milliseconds(200), false);
  EXPECT_THAT(kill.faults(std::chrono::milliseconds(0)), testing::SizeIs(13));
}

}  // namespace
}  // namespace windtunnel::tensordb
