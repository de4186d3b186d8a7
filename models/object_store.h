// The object store (S3): each request has a latency and a connection of its own bandwidth, is priced, and is refused (503)
// when its prefix gets more requests per second than the service takes; refused ones are tried again after a back-off.
// Promise: every accepted request is one ledger row's worth of "s3.get" or "s3.put"; every byte goes through the Network with
// service "s3"; bytes that stay are billed by the GB-month when `settle` is called.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/network.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

struct ObjectStoreConfig {
  /// From a request to its first byte, in the region, network included (facts 3).
  Choice<Distribution> latency = normal({.mean = std::chrono::milliseconds(80), .sd = std::chrono::milliseconds(20)});
  Bandwidth bandwidth{65e6};    ///< of one connection: mean of 65 ± 7 MB/s (facts 3)
  Bandwidth bandwidth_sd{7e6};  ///< from request to request, normal, never below a tenth of the mean
  double put_rate = 3500;       ///< requests per second and prefix (facts 5)
  double get_rate = 5500;       ///< requests per second and prefix (facts 5)
  std::int64_t attempts = 10;   ///< tries of one request before it fails
  Duration backoff = std::chrono::milliseconds(100);  ///< longest first pause, doubled each time; drawn below that [R]
  Duration backoff_max = std::chrono::seconds(20);    ///< longest pause [R]

  void describe(Fields& f);
};

/// A request was refused as often as it may be tried.
class Throttled : public RunError {
 public:
  using RunError::RunError;
};

class ObjectStore {
 public:
  enum class Prefix : std::uint32_t {};
  /// The prefix of requests that name none.
  static constexpr Prefix root{0};

  /// Lives at `at` with a NIC that never limits.
  ObjectStore(sim::Simulation& simulation, Journal& journal, Network& network, ObjectStoreConfig config = {},
              SiteId at = Network::region);

  /// A key prefix with request limits of its own.
  Prefix prefix();

  /// Reads an object of `size` into `to`. Throws Throttled, Unreachable.
  sim::Task<> get(HostId to, Bytes size, Context context, Prefix prefix = root);
  /// Writes an object of `size` from `from`; it stays (see `erase`). Throws Throttled, Unreachable.
  sim::Task<> put(HostId from, Bytes size, Context context, Prefix prefix = root);

  /// Objects that are there without a put (a data set), and objects deleted or overwritten. stored() never falls below 0
  /// (checked).
  void hold(Bytes size);
  void erase(Bytes size);
  Bytes stored() const { return stored_; }
  /// Charges "s3.storage" for what was stored since the start or the last settle, in GB-months (GB = 2^30 B, month = 30 d).
  void settle(Context context);

  HostId host() const { return host_; }
  /// Refusals so far, several for one request if need be. Journal::faults gets a row "throttled" for the first refusal of a
  /// request, and one when it gives up. Refused requests are not charged [R].
  std::int64_t refused() const { return refused_; }

 private:
  enum class Kind : std::uint8_t { get, put };
  /// Requests that a prefix may still take at once; refilled at the rate, up to one second's worth.
  struct Allowance {
    double requests = 0;
    sim::Time since{};
  };
  bool admit(Prefix prefix, Kind kind);
  sim::Task<> wait_for_turn(HostId client, Context context, Prefix prefix, Kind kind);
  Bandwidth connection();
  void accrue();

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  ObjectStoreConfig config_;
  HostId host_;
  ItemId get_item_, put_item_, storage_item_;
  sim::RandomStream bandwidths_, latencies_, pauses_;
  std::vector<Allowance> gets_, puts_;
  std::int64_t refused_ = 0;
  Bytes stored_;
  double byte_seconds_ = 0;
  sim::Time accrued_;
};

}  // namespace windtunnel::models
