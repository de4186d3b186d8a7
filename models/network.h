// The network: hosts hang on sites, sites are joined by links; data flows between hosts at max-min fair rates.
// Promise: a transfer takes its route's latency, then its bytes at the fair share of the NICs and links it crosses, shared
// with all that is under way; it ends at the first whole nanosecond at which its last byte is there; killing the process
// that transfers ends the flow and frees its share at once. The same seed gives the same times to the nanosecond; latencies are
// drawn from the stream of the context's actor.
//
// A site is a vertex of a Boost.Graph: a region, a zone, or one worker's own corner (so that it can be cut off). A host is a
// leaf of one site: to add or remove one costs O(1) and no route is searched again.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/distribution.h"
#include "models/flows.h"
#include "models/journal.h"
#include "models/machine_cards.h"
#include "models/phase.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

/// A host, valid until it is removed. A handle to a removed host is recognised as such, even after its slot is used again.
struct HostId {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
  bool operator==(const HostId&) const = default;
};
enum class SiteId : std::uint32_t {};
enum class LinkId : std::uint32_t {};
enum class CutId : std::uint32_t {};

/// A bandwidth that never limits anything.
inline constexpr Bandwidth unlimited{std::numeric_limits<double>::infinity()};

/// A network card: what a host sends (up) and receives (down) at most, all its flows together. Both > 0.
struct Nic {
  Bandwidth up = unlimited;
  Bandwidth down = unlimited;
  static Nic symmetric(Bandwidth both) { return {both, both}; }
};

/// A link between two sites; each direction has the whole bandwidth. latency ≥ 0, bandwidth > 0.
struct Link {
  SiteId a{}, b{};
  Duration latency{0};
  Bandwidth bandwidth = unlimited;
};

struct NetworkConfig {
  /// One way, host to host in one site. Default: c5.large, facts 3.
  Choice<Distribution> latency = constant(std::chrono::microseconds(150));
  /// Function instances that share one physical server's NIC; 0: none do.
  std::int64_t functions_per_server = 0;
  /// NIC of that server, each way: 100 functions at 200 Mbit/s are 20 Gbit/s (facts 7, Dorylus).
  Bandwidth server_bandwidth{2.5e9};
  /// Of machines and database nodes.
  MachineCards machine_cards = MachineCards::burst;
  /// How long a transfer tries to get across a cut before it fails.
  Duration timeout = std::chrono::seconds(60);

  void describe(Fields& f);
};

/// The other host cannot be reached: it is gone, its connections were broken, or a cut outlasted the transfer's time-out.
class Unreachable : public RunError {
 public:
  using RunError::RunError;
};

class Network {
  struct State;
  class ActiveTransfer;

 public:
  /// The site that exists from the start, where hosts are unless told otherwise.
  static constexpr SiteId region{0};

  Network(sim::Simulation& simulation, Journal& journal, NetworkConfig config = {});
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A new site, not yet linked to any other.
  SiteId add_site(std::string_view name);
  LinkId add_link(const Link& link);
  /// A new site with one link to the region: latency 0, bandwidth unlimited. What a worker that may be cut off lives in.
  SiteId add_corner(std::string_view name);

  HostId add_host(std::string_view name, const Nic& nic, SiteId at = region);
  /// The host of a function's instance: it also shares the NIC of a server of its site with other instances, the first
  /// server that has a place free, where the config says so (functions_per_server).
  HostId add_function(std::string_view name, const Nic& nic, SiteId at, Memory memory);
  /// The configured memory of the instance whose host this is; none for other hosts and for those that are gone. What a
  /// service does for an instance may depend on it.
  std::optional<Memory> function_memory(HostId host) const;
  /// Ends the host's flows: the other sides get Unreachable. The handle is void afterwards.
  void remove_host(HostId host);
  std::size_t hosts() const;
  std::string_view name(HostId host) const;

  struct Transfer {
    HostId from, to;
    Bytes bytes;                      ///< ≥ 0; 0: latency only
    Bandwidth cap = unlimited;        ///< of this one connection, > 0
    std::optional<Duration> latency;  ///< ≥ 0, instead of the config's within a site; that of links is added in any case
    std::optional<Duration> timeout;  ///< instead of the config's
  };
  /// Moves the bytes and records journal.moved(context, service, bytes), also the part that was moved when it is killed or
  /// fails; nothing when that is 0 bytes. Records no span: the caller knows what the wait was for. `service` must be a string literal.
  /// Waits while a cut or lost links leave no route; throws Unreachable after the time-out, or at once when a host is
  /// removed or its connections are broken.
  sim::Task<> transfer(Transfer transfer, Context context, std::string_view service);

  class Delivery;

  /// Mean one-way latency from host to host: in the site and over the links of the best route. Throws Unreachable when there
  /// is no route.
  Duration latency(HostId from, HostId to) const;
  /// The part of it that is spent on links between sites: 0 within a site.
  Duration distance(HostId from, HostId to) const;
  /// Whether a transfer would find a way now.
  bool connected(HostId from, HostId to) const;

  /// Takes a link away: flows that crossed it go on over another route if there is one, else they wait.
  void lose_link(LinkId link);
  void restore_link(LinkId link);
  /// Separates the sites of `side` from those of `others` (empty: from all that are not in `side`). Cuts add up.
  CutId cut(std::vector<SiteId> side, std::vector<SiteId> others = {});
  void heal(CutId cut);
  /// Breaks all connections of a host that stays: each flow from or to it fails at once with Unreachable. What a crash of
  /// the server software does.
  void break_connections(HostId host);

  /// Flows under way now.
  std::size_t flows() const;
  const NetworkConfig& config() const;

 private:
  std::unique_ptr<State> state_;
};

/// A flow that knows its hosts, so that what happens to them and to the ways between them reaches it.
class Network::ActiveTransfer : public Flows::Flow {
 public:
  ActiveTransfer(State& state, HostId from, HostId to, const Way& way, double& left);
  ~ActiveTransfer();

  State& state;
  HostId from, to;
};

/// A transfer in the frame of whoever waits for it, for services whose messages are many: the same steps, without a task of
/// their own.
///
///   Network::Delivery delivery(network, transfer, context, "database");
///   for (auto wait = delivery.next(); wait != Network::Delivery::Wait::nothing; wait = delivery.next()) {
///     if (wait == Network::Delivery::Wait::latency) co_await simulation.delay(delivery.latency());
///     if (wait == Network::Delivery::Wait::flow) co_await delivery.over();
///     if (wait == Network::Delivery::Wait::way) co_await delivery.way();
///   }
class Network::Delivery {
 public:
  /// Throws Unreachable when one of the hosts is gone.
  Delivery(Network& network, const Transfer& transfer, Context context, std::string_view service)
      : Delivery(*network.state_, transfer, context, service) {}
  /// Records in the journal what was moved.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// What has to be waited for before the next call; nothing: it has arrived.
  enum class Wait : std::uint8_t { nothing, latency, way, flow };
  /// Throws Unreachable when the connection was broken, or a host removed, since the beginning.
  Wait next();

  Duration latency() const { return latency_; }
  sim::WakeUp& over() { return active_->over(); }
  /// Waits until there is a way, or a host is gone. Throws Unreachable after the time-out without.
  sim::Task<> way();

 private:
  friend struct State;
  Delivery(State& state, const Transfer& transfer, Context context, std::string_view service);

  State& state_;
  Transfer what_;
  Context context_;
  std::string_view service_;
  double left_;  ///< bytes
  Duration latency_{0};
  std::uint32_t from_breaks_, to_breaks_;
  std::uint32_t ways_seen_;  ///< the network's ways when there was one
  bool latency_due_ = true;
  bool arrived_ = false;
  std::optional<ActiveTransfer> active_;
};

}  // namespace windtunnel::models
