// A Redis-like database on a rented node: one thread serves all commands, so in-database work queues; memory is bounded; the
// node has to start before it answers, and is billed for its life whether it answers or not. A node "ec2.<type>" is a machine
// like any other (boot, rent, CPU credits); a node "elasticache.<type>" is the provider's.
// What it holds is a size under each key: a value that is written again takes the place of the old one, so that whoever was
// killed may do again what he did without knowing how far he had come.
// Promise: an operation on a database that is down, or that goes down meanwhile, ends with DatabaseDown and never hangs; what
// would not fit in memory ends with OutOfMemory; every byte goes through the Network with service "database".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/cpu_credits.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/keyed_memory.h"
#include "models/machine_types.h"
#include "models/machines.h"
#include "models/network.h"
#include "models/provisioning.h"
#include "models/server_thread.h"
#include "sim/event.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

struct DatabaseConfig {
  /// "elasticache.<type>" or "ec2.<type>", see database_node(); also the item of the price sheet.
  std::string node = "elasticache.t3.medium";
  /// Round trip of a small command from a host of the same region, network included: mean 0.34 ms (facts 7).
  Choice<Distribution> latency = constant(std::chrono::microseconds(340));
  /// What in-database work reads and writes per second. Average of 16 gradients of 46.8 MB, 796 MB touched, in 42 ms on
  /// resident memory (facts 9: 35–49 ms).
  Bandwidth memory_bandwidth{19e9};
  /// Fixed cost of one command on the server's thread (facts 9: TENSORSET 11 us).
  Duration command_time = std::chrono::microseconds(11);
  /// From the order until an ElastiCache node answers; one on a machine boots as machines do. LambdaML (arXiv 2105.07806)
  /// waited more than 2 minutes; public logs of Terraform show 5 to 7 minutes from order to "available" (pull request 2224 of
  /// turbot/steampipe-plugin-aws, 2024), and 395 s for one node's creation and deletion (pull request 8275 of
  /// hashicorp/terraform, 2016). The shape in between is unverified.
  Choice<Distribution> startup = lognormal({.median = std::chrono::minutes(5), .p99 = std::chrono::minutes(8)});
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

class Database;

/// The database nodes that can be rented, and what they have in common.
class Databases {
 public:
  /// Throws InputError for settings that make no sense.
  Databases(sim::Simulation& simulation, Journal& journal, Network& network, Machines& machines, DatabaseConfig config,
            Provisioning provisioning = Provisioning::counted);

  /// A node of the configured type, billed from now; `actor` names it in the journal ("database-2"). Throws InputError for
  /// a type without a price.
  std::unique_ptr<Database> rent(std::string_view actor, SiteId at = Network::region);

 private:
  friend class Database;
  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  Machines& machines_;
  DatabaseConfig config_;
  Provisioning provisioning_;
  DatabaseNode node_;
  ActorStreams latencies_;  // by client
  ActorStreams startups_;   // by database
};

/// One rented node. It answers from the end of `start` on.
class Database {
 public:
  /// Releases the node if nobody did.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Waits until the node answers. Span: boot. Takes no time where nodes are provisioned before the start. To be called once.
  sim::Task<> start(Context context);
  /// Starts a node again that went down; it answers when this is over. Takes what a first start takes, whatever the
  /// provisioning. Span: boot. No effect when it is up or was given back; before the end of the first start waits for that.
  sim::Task<> restart(Context context);

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
  Bytes capacity() const { return node().memory.bytes(); }

  /// Crash: operations under way end with DatabaseDown at once; new ones do after the connect time-out, unless it is back by
  /// then. Contents are lost unless persistent. No effect when it does not answer anyway.
  void fail();
  bool up() const { return up_; }
  /// How often it went down so far: who remembers the number knows whether the contents are still there.
  std::int64_t crashes() const { return crashes_; }

  /// Gives the node back: charges its rent, takes its host off the network. Nothing may be under way any more from then on
  /// (operations end with DatabaseDown). Once only has an effect.
  void release();

  HostId host() const { return host_; }
  ActorId actor() const { return actor_; }
  const DatabaseNode& node() const { return service_.node_; }
  /// Commands that wait for the server's thread now.
  std::size_t waiting() const { return thread_.waiting(); }

 private:
  friend class Databases;
  Database(Databases& service, std::string_view actor, SiteId at);

  /// One request and its answer. A client that is killed takes its command off the server's thread.
  struct Exchange {
    HostId client;
    Bytes request{}, response{};
    Duration work{0};          ///< on the server's thread
    std::optional<Key> key{};  ///< the request's bytes stay under it
  };
  sim::Task<> exchange(Exchange exchange, Context context);
  Network::Transfer message(const Exchange& exchange, bool answers, Duration round_trip) const;
  sim::Task<> boot(Context context);
  sim::Task<> reconnect();
  sim::Task<> answering() { co_await answers_; }
  void come_up();
  void go_down();
  void require_up(std::int64_t crashes) const;
  void require_room(Bytes size) const;
  [[noreturn]] void report_down(std::string_view why) const;

  Databases& service_;
  sim::Simulation& simulation_;
  Network& network_;
  ActorId actor_;
  std::unique_ptr<Machine> machine_;   // of a node on a machine, which has the rent, the boot and the CPU credits
  std::size_t rental_ = 0;             // of another: its row of the journal
  std::optional<CpuCredits> credits_;  // of another that is burstable
  HostId host_;
  ServerThread thread_;
  sim::Event answers_;
  KeyedMemory memory_;
  std::int64_t crashes_ = 0;
  bool started_ = false;
  bool up_ = false;
  bool released_ = false;
};

}  // namespace windtunnel::models
