// The object store (S3): each request has a latency and a connection of its own bandwidth, is priced, and is refused (503)
// when its prefix gets more requests per second than the service takes; refused ones are tried again after a back-off.
// Promise: every accepted request is one ledger row's worth, and one of Journal::requests, of "s3.get" or "s3.put", also when
// its connection breaks afterwards; one that is refused, or never gets there, is neither. Every byte goes through the Network
// with service "s3"; bytes that stay are rows of Journal::stored, and billed by the GB-month when `settle` is called.
//
// How fast one connection is depends on who is at its other end: a function's share of its server, which its memory decides,
// limits it; other hosts have LambdaML's figure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/network.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

/// Mean bandwidths of one connection of a function with that memory. Between two of these by interpolation; above the last as
/// the last; below the first in proportion to the memory.
struct FunctionBandwidth {
  Memory memory;
  Bandwidth read, write;
  void describe(Fields& f);
};

struct ObjectStoreConfig {
  /// From a request to its first byte, in the region, network included. Published: 80 ± 20 ms (LambdaML), and 1 MB within
  /// 111 ms in the median, 1,177 ms at the 99th percentile. This one reproduces the latter two together with 65 MB/s, which add
  /// 15.4 ms. With such a tail the mean is 171 ms: LambdaML's 80 ± 20 ms are met by the median of 95.6 ms, as what a request
  /// typically takes; both as means cannot be had.
  Choice<Distribution> latency =
      lognormal({.median = std::chrono::microseconds(95'600), .p99 = std::chrono::microseconds(1'161'500)});
  Bandwidth bandwidth{65e6};    ///< of one connection with a host that is no function: mean of 65 ± 7 MB/s (LambdaML)
  Bandwidth bandwidth_sd{7e6};  ///< from request to request, normal, never below a tenth of the mean; of functions in proportion
  /// Measured single streams (arXiv 2604.22072): read 37 / 47 / 52–73 MB/s, write 27 / 60 / 80–97 MB/s; ranges by their middle.
  std::vector<FunctionBandwidth> function_bandwidth{
      {{472}, {37e6}, {27e6}}, {{835}, {47e6}, {60e6}}, {{3008}, {62.5e6}, {88.5e6}}};
  double put_rate = 3500;       ///< requests per second and prefix (facts 5)
  double get_rate = 5500;       ///< requests per second and prefix (facts 5)
  std::int64_t attempts = 10;   ///< tries of one request before it fails
  Duration backoff = std::chrono::milliseconds(100);  ///< longest first pause, doubled each time; drawn below that (unverified)
  Duration backoff_max = std::chrono::seconds(20);    ///< longest pause (unverified)

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
  /// request, and one when it gives up. Refused requests are not charged: the provider does not charge errors of its own (unverified).
  std::int64_t refused() const { return refused_; }

 private:
  enum class Kind : std::uint8_t { get, put };
  /// Requests that a prefix may still take at once; refilled at the rate, up to one second's worth.
  struct Allowance {
    double requests = 0;
    sim::Time since{};
  };
  sim::Task<> request(HostId client, Bytes size, Context context, Prefix prefix, Kind kind);
  bool admit(Prefix prefix, Kind kind);
  sim::Task<> wait_for_turn(HostId client, Context context, Prefix prefix, Kind kind);
  void charge(Kind kind, const Context& context);
  Bandwidth mean_bandwidth(HostId client, Kind kind) const;
  Bandwidth connection(HostId client, Kind kind, ActorId actor);
  void accrue();
  void store(Bytes size);

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  ObjectStoreConfig config_;
  HostId host_;
  ItemId get_item_, put_item_, storage_item_;
  ActorStreams bandwidths_, latencies_, pauses_;
  std::vector<Allowance> gets_, puts_;
  std::int64_t refused_ = 0;
  Bytes stored_;
  double byte_seconds_ = 0;
  sim::Time accrued_;
};

}  // namespace windtunnel::models
