// A Redis-like database on a rented node: one thread serves all commands, so in-database work queues; memory is bounded; the
// node is billed for its life whether it answers or not.
// What it holds is a size under each key: a value that is written again takes the place of the old one, so that whoever was
// killed may do again what he did without knowing how far he had come.
// Promise: an operation on a database that is down, or that goes down meanwhile, ends with DatabaseDown and never hangs; what
// would not fit in memory ends with OutOfMemory; every byte goes through the Network with service "database".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/keyed_memory.h"
#include "models/machine_types.h"
#include "models/network.h"
#include "models/provisioning.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/task.h"

namespace windtunnel::models {

struct DatabaseConfig {
  /// "elasticache.<type>" or "ec2.<type>", see database_node(); also the item of the price sheet.
  std::string node = "elasticache.t3.medium";
  /// Round trip of a small command from a host of the same region, network included: mean 0.34 ms (facts 7).
  Choice<Distribution> latency = constant(std::chrono::microseconds(340));
  /// What in-database work reads and writes per second. Average of 16 gradients of 46.8 MB, 796 MB touched, in 42 ms on
  /// resident memory (redisai.md 7.4: 35–49 ms).
  Bandwidth memory_bandwidth{19e9};
  /// Fixed cost of one command on the server's thread (redisai.md 7: TENSORSET 11 us).
  Duration command_time = std::chrono::microseconds(11);
  /// How long a client tries to connect to a database that is down.
  Duration connect_timeout = std::chrono::seconds(1);
  /// Whether the contents survive a crash.
  bool persistent = false;

  void describe(Fields& f);
};

/// The database does not answer.
class DatabaseDown : public RunError {
 public:
  using RunError::RunError;
};
/// A write does not fit in the node's memory.
class OutOfMemory : public RunError {
 public:
  using RunError::RunError;
};

class Database {
 public:
  /// Rents the node from now on; `actor` names it in the journal ("database-2"). Throws InputError for an unknown node type.
  Database(sim::Simulation& simulation, Journal& journal, Network& network, DatabaseConfig config, std::string_view actor,
           SiteId at = Network::region, Provisioning provisioning = Provisioning::counted);
  /// Releases the node if nobody did.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Sends `size` to the client at `client`: the request, the copy on the server's thread, the answer.
  sim::Task<> read(HostId client, Bytes size, Context context);
  /// Receives `size` from `client`, as the value under `key` from the moment the server's thread is through with it: a write
  /// that is killed or fails before leaves the old value. Until then old and new are both in memory. Throws OutOfMemory.
  sim::Task<> write(HostId client, Key key, Bytes size, Context context);
  /// In-database work of the given length: a round trip, and the server's thread for `work` ≥ 0, after all commands that came
  /// before it. A result that stays is the caller's to `keep`.
  sim::Task<> command(HostId client, Duration work, Context context);
  /// A round trip through the server's thread.
  sim::Task<> ping(HostId client, Context context);

  struct Touched {
    Bytes read, written;
  };
  /// How long in-database work takes that touches so many bytes: (read + written) / memory bandwidth.
  Duration work(const Touched& touched) const;

  /// The result of a command stays under `key`, in place of what was there. Throws OutOfMemory when it does not fit beside the
  /// old value, DatabaseDown when there is no server that would keep it.
  void keep(Key key, Bytes size);
  /// No effect when there is nothing under the key.
  void erase(Key key) { memory_.erase(key); }
  bool holds(Key key) const { return memory_.holds(key); }
  /// Memory in use.
  Bytes held() const { return memory_.total(); }
  Bytes capacity() const { return node_.memory.bytes(); }

  /// Crash: operations under way end with DatabaseDown at once; new ones do after the connect time-out, unless it is back by
  /// then. Contents are lost unless persistent. Both do nothing when it is in that state already.
  void fail();
  void recover();
  /// The node's own start, and a start after a crash; it answers when these are over.
  sim::Task<> start(Context) { co_return; }
  sim::Task<> restart(Context) {
    recover();
    co_return;
  }
  bool up() const { return up_; }
  /// How often it went down so far: who remembers the number knows whether the contents are still there.
  std::int64_t crashes() const { return crashes_; }

  /// Gives the node back: charges its rent, takes its host off the network. Nothing may be under way any more from then on
  /// (operations end with DatabaseDown). Once only has an effect.
  void release();

  HostId host() const { return host_; }
  ActorId actor() const { return actor_; }
  const DatabaseNode& node() const { return node_; }
  /// Commands that wait for the server's thread now.
  std::size_t waiting() const { return thread_.waiting(); }

 private:
  /// One request and its answer. A client that is killed takes its command off the server's thread.
  struct Exchange {
    HostId client;
    Bytes request{}, response{};
    Duration work{0};          ///< on the server's thread
    std::optional<Key> key{};  ///< the request's bytes stay under it
  };
  struct Work;
  sim::Task<> exchange(Exchange exchange, Context context);
  sim::Task<> reconnect();
  sim::Task<> recovery();
  void go_down();
  void require_up(std::int64_t crashes) const;
  void require_room(Bytes size) const;
  [[noreturn]] void report_down(std::string_view why) const;

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  DatabaseConfig config_;
  DatabaseNode node_;
  ItemId item_;
  ActorId actor_;
  HostId host_;
  sim::RandomStream latencies_;
  sim::Resource thread_;
  sim::Event recovered_;
  Work* working_ = nullptr;  ///< what the thread works on
  sim::Time rented_;
  KeyedMemory memory_;
  std::int64_t crashes_ = 0;
  bool up_ = true;
  bool released_ = false;
};

}  // namespace windtunnel::models
