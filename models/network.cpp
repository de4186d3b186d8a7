#include "models/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/actor_streams.h"
#include "models/flows.h"
#include "models/topology.h"
#include "sim/combine.h"
#include "sim/event.h"

namespace windtunnel::models {

void NetworkConfig::describe(Fields& f) {
  f("latency", latency, "one way, from host to host in one site", {.source = "facts 3, c5.large"});
  f("functions_per_server", functions_per_server, "function instances that share one server's bandwidth; 0 for no sharing",
    {.min = 0});
  f("server_bandwidth", server_bandwidth, "of a server that function instances share, each way",
    {.min = 0, .above_min = true, .source = "facts 7, Dorylus"});
  f("machine_cards", machine_cards, machine_cards_names,
    "rate of the cards of machines and database nodes: burst, which lasts for minutes, or baseline, which lasts");
  f("timeout", timeout, "how long a transfer tries to get across a cut", {.min = 0});
}

namespace {

using ResourceId = Flows::ResourceId;
constexpr std::uint32_t nowhere = 0xffffffff;

struct Host {
  std::string name;
  SiteId site{};
  ResourceId up = FairShare::none, down = FairShare::none;
  std::uint32_t server = nowhere;
  std::optional<Memory> function;  ///< its memory, where it is a function's instance
  std::uint32_t generation = 0;
  std::uint32_t breaks = 0;  ///< how often its connections were broken, or it was removed
  std::uint32_t transfers = 0;  ///< flows from and to it that have not been taken down yet
  bool alive = false;
};

/// A physical server whose card several function instances share.
struct Server {
  SiteId site{};
  std::int64_t instances = 0;
  ResourceId up = FairShare::none, down = FairShare::none;
};

struct LinkResources {
  ResourceId forward = FairShare::none, backward = FairShare::none;
};

void require(const Nic& nic, std::string_view host) {
  if (!(nic.up.bytes_per_s > 0) || !(nic.down.bytes_per_s > 0)) {
    throw InputError(fmt::format("host {}: a network card of {} up and {} down; allowed: above 0", host, format(nic.up),
                                 format(nic.down)));
  }
}

}  // namespace

struct Network::State {
  State(sim::Simulation& s, Journal& j, NetworkConfig c)
      : simulation(s), journal(j), config(std::move(c)), flows(s), changed(s), latencies(s, j.actors, "network.latency") {}

  Host& host(HostId id) {
    check(is_alive(id), "the host exists");
    return hosts[id.slot];
  }
  bool is_alive(HostId id) const {
    return id.slot < hosts.size() && hosts[id.slot].alive && hosts[id.slot].generation == id.generation;
  }
  std::string_view name(HostId id) const { return is_alive(id) ? std::string_view(hosts[id.slot].name) : "a host that is gone"; }

  HostId add(std::string_view name, const Nic& nic, SiteId site);
  std::uint32_t place(SiteId site);
  void break_transfers(HostId id);
  void topology_changed();
  std::optional<Duration> distance(HostId from, HostId to) const;
  std::span<const ResourceId> find_path(HostId from, HostId to);
  sim::Task<> transfer(Transfer transfer, Context context, std::string_view service);
  sim::Task<> change() { co_await changed; }
  sim::Task<> wait_for_way(HostId from, HostId to, Duration timeout);

  sim::Simulation& simulation;
  Journal& journal;
  NetworkConfig config;
  Topology topology;
  Flows flows;
  std::vector<LinkResources> links;
  std::vector<Host> hosts;
  std::vector<std::uint32_t> free_hosts;
  std::size_t living = 0;
  std::vector<Server> servers;
  std::vector<ResourceId> path;  ///< the last one found
  std::uint32_t ways = 0;        ///< how often they may have changed
  sim::Event changed;  ///< pulsed when a way may have opened or a host has gone
  ActorStreams latencies;
};

HostId Network::State::add(std::string_view name, const Nic& nic, SiteId site) {
  require(nic, name);
  if (!topology.has(site)) throw InputError(fmt::format("host {}: its site does not exist", name));
  if (free_hosts.empty()) {
    free_hosts.push_back(static_cast<std::uint32_t>(hosts.size()));
    hosts.emplace_back();
  }
  const std::uint32_t slot = free_hosts.back();
  free_hosts.pop_back();
  Host& host = hosts[slot];
  host.name = name;
  host.site = site;
  host.up = flows.add_resource(nic.up);
  host.down = flows.add_resource(nic.down);
  host.server = nowhere;
  host.function.reset();
  host.alive = true;
  ++living;
  return {slot, host.generation};
}

// The first server of the site with a free place, or a new one.
std::uint32_t Network::State::place(SiteId site) {
  const auto free = std::find_if(servers.begin(), servers.end(), [&](const Server& server) {
    return server.site == site && server.instances < config.functions_per_server;
  });
  if (free != servers.end()) {
    ++free->instances;
    return static_cast<std::uint32_t>(free - servers.begin());
  }
  servers.push_back({site, 1, flows.add_resource(config.server_bandwidth), flows.add_resource(config.server_bandwidth)});
  return static_cast<std::uint32_t>(servers.size() - 1);
}

void Network::State::break_transfers(HostId id) {
  ++hosts[id.slot].breaks;
  if (hosts[id.slot].transfers > 0) {
    flows.for_each([id](Flows::Flow& flow) {
      const auto& transfer = static_cast<const ActiveTransfer&>(flow);
      if (transfer.from == id || transfer.to == id) flow.stop();
    });
  }
  changed.set();
  changed.reset();
}

std::optional<Duration> Network::State::distance(HostId from, HostId to) const {
  return topology.distance(hosts[from.slot].site, hosts[to.slot].site);
}

// The limited resources on the way, until the next call. Precondition: there is a way.
std::span<const ResourceId> Network::State::find_path(HostId from, HostId to) {
  const Host& source = hosts[from.slot];
  const Host& target = hosts[to.slot];
  path.clear();
  const auto cross = [&](ResourceId resource) {
    if (resource != FairShare::none) path.push_back(resource);
  };
  cross(source.up);
  cross(target.down);
  if (source.server != target.server) {
    if (source.server != nowhere) cross(servers[source.server].up);
    if (target.server != nowhere) cross(servers[target.server].down);
  }
  topology.along(source.site, target.site, [&](LinkId link, bool forward) {
    const LinkResources& resources = links[static_cast<std::size_t>(link)];
    cross(forward ? resources.forward : resources.backward);
  });
  return path;
}

// Flows whose way has changed stop, and go on from where they are on the new one when there is one.
void Network::State::topology_changed() {
  ++ways;
  flows.for_each([this](Flows::Flow& flow) {
    const auto& transfer = static_cast<const ActiveTransfer&>(flow);
    if (distance(transfer.from, transfer.to) && flow.takes(find_path(transfer.from, transfer.to))) return;
    flow.stop();
  });
  changed.set();
  changed.reset();
}

sim::Task<> Network::State::wait_for_way(HostId from, HostId to, Duration timeout) {
  const sim::Time deadline = simulation.now() + timeout;
  while (is_alive(from) && is_alive(to) && !distance(from, to)) {
    const bool in_time = simulation.now() < deadline &&
                         co_await sim::with_timeout(simulation, change(), deadline - simulation.now());
    if (!in_time && !distance(from, to)) {
      throw Unreachable(fmt::format("{} cannot reach {}: no way through the network for {}", name(from), name(to),
                                    format(timeout)));
    }
  }
}

sim::Task<> Network::State::transfer(Transfer transfer, Context context, std::string_view service) {
  Delivery delivery(*this, transfer, context, service);
  for (auto wait = delivery.next(); wait != Delivery::Wait::nothing; wait = delivery.next()) {
    if (wait == Delivery::Wait::latency) co_await simulation.delay(delivery.latency());
    if (wait == Delivery::Wait::flow) co_await delivery.over();
    if (wait == Delivery::Wait::way) co_await delivery.way();
  }
}

Network::ActiveTransfer::ActiveTransfer(State& s, HostId f, HostId t, const Flows::Flow::Way& way, double& left)
    : Flow(s.flows, way, left), state(s), from(f), to(t) {
  ++state.hosts[from.slot].transfers;
  ++state.hosts[to.slot].transfers;
}

Network::ActiveTransfer::~ActiveTransfer() {
  --state.hosts[from.slot].transfers;
  --state.hosts[to.slot].transfers;
}

Network::Delivery::Delivery(State& state, const Transfer& transfer, Context context, std::string_view service)
    : state_(state), what_(transfer), context_(context), service_(service), left_(static_cast<double>(transfer.bytes.count)),
      ways_seen_(state.ways - 1) {
  check(transfer.bytes.count >= 0 && transfer.cap.bytes_per_s > 0, "a transfer has bytes from 0 and a cap above 0");
  if (!state.is_alive(transfer.from) || !state.is_alive(transfer.to)) {
    throw Unreachable(fmt::format("no connection from {} to {}", state.name(transfer.from), state.name(transfer.to)));
  }
  from_breaks_ = state.hosts[transfer.from.slot].breaks;
  to_breaks_ = state.hosts[transfer.to.slot].breaks;
}

Network::Delivery::~Delivery() {
  active_.reset();
  const std::int64_t missing = arrived_ ? 0 : static_cast<std::int64_t>(std::ceil(left_));
  const Bytes moved{what_.bytes.count - missing};
  if (moved.count > 0) state_.journal.moved(context_, service_, moved);
}

Network::Delivery::Wait Network::Delivery::next() {
  const bool flowed = active_.has_value();
  active_.reset();
  if (state_.hosts[what_.from.slot].breaks != from_breaks_ || state_.hosts[what_.to.slot].breaks != to_breaks_) {
    throw Unreachable(fmt::format("the connection from {} to {} was broken", state_.name(what_.from), state_.name(what_.to)));
  }
  arrived_ = flowed && left_ <= 0;
  if (arrived_) return Wait::nothing;
  if (ways_seen_ != state_.ways) {
    const std::optional<Duration> way = state_.distance(what_.from, what_.to);
    if (!way) return Wait::way;
    ways_seen_ = state_.ways;
    latency_ = *way;
  }
  if (std::exchange(latency_due_, false)) {
    latency_ += what_.latency ? *what_.latency : state_.config.latency->sample(state_.latencies.of(context_.actor));
    if (latency_ > Duration(0)) return Wait::latency;
  }
  const std::span<const ResourceId> resources = left_ > 0 ? state_.find_path(what_.from, what_.to) : std::span<const ResourceId>();
  arrived_ = left_ <= 0 || (resources.empty() && std::isinf(what_.cap.bytes_per_s));
  if (arrived_) return Wait::nothing;
  active_.emplace(state_, what_.from, what_.to, Flows::Flow::Way{resources, what_.cap}, left_);
  return Wait::flow;
}

sim::Task<> Network::Delivery::way() {
  return state_.wait_for_way(what_.from, what_.to, what_.timeout.value_or(state_.config.timeout));
}

Network::Network(sim::Simulation& simulation, Journal& journal, NetworkConfig config) {
  require_sane(config.latency, "network.latency");
  if (config.functions_per_server < 0 || !(config.server_bandwidth.bytes_per_s > 0) || config.timeout < Duration(0)) {
    throw InputError(fmt::format("network: functions_per_server {}, server_bandwidth {}, timeout {}; allowed: from 0, above 0, "
                                 "from 0",
                                 config.functions_per_server, format(config.server_bandwidth), format(config.timeout)));
  }
  state_ = std::make_unique<State>(simulation, journal, std::move(config));
  state_->topology.add_site("region");
}

Network::~Network() = default;

SiteId Network::add_site(std::string_view name) { return state_->topology.add_site(name); }

LinkId Network::add_link(const Link& link) {
  const LinkId id = state_->topology.add_link(link);
  state_->links.push_back({state_->flows.add_resource(link.bandwidth), state_->flows.add_resource(link.bandwidth)});
  state_->topology_changed();
  return id;
}

SiteId Network::add_corner(std::string_view name) {
  const SiteId site = add_site(name);
  add_link({.a = region, .b = site});
  return site;
}

HostId Network::add_host(std::string_view name, const Nic& nic, SiteId at) { return state_->add(name, nic, at); }

HostId Network::add_function(std::string_view name, const Nic& nic, SiteId at, Memory memory) {
  const HostId host = state_->add(name, nic, at);
  state_->hosts[host.slot].function = memory;
  if (state_->config.functions_per_server > 0) state_->hosts[host.slot].server = state_->place(at);
  return host;
}

std::optional<Memory> Network::function_memory(HostId host) const {
  return state_->is_alive(host) ? state_->hosts[host.slot].function : std::nullopt;
}

void Network::remove_host(HostId id) {
  State& state = *state_;
  Host& host = state.host(id);
  state.break_transfers(id);
  state.flows.remove_resource(host.up);
  state.flows.remove_resource(host.down);
  if (host.server != nowhere) --state.servers[host.server].instances;
  host.alive = false;
  ++host.generation;
  --state.living;
  state.free_hosts.push_back(id.slot);
}

std::size_t Network::hosts() const { return state_->living; }
std::string_view Network::name(HostId host) const { return state_->name(host); }

sim::Task<> Network::transfer(Transfer transfer, Context context, std::string_view service) {
  return state_->transfer(transfer, context, service);
}

Duration Network::distance(HostId from, HostId to) const {
  const bool alive = state_->is_alive(from) && state_->is_alive(to);
  const std::optional<Duration> found = alive ? state_->distance(from, to) : std::nullopt;
  if (!found) throw Unreachable(fmt::format("there is no way from {} to {}", state_->name(from), state_->name(to)));
  return *found;
}

Duration Network::latency(HostId from, HostId to) const { return state_->config.latency->mean() + distance(from, to); }

bool Network::connected(HostId from, HostId to) const {
  return state_->is_alive(from) && state_->is_alive(to) && state_->distance(from, to).has_value();
}

void Network::lose_link(LinkId link) {
  state_->topology.set_lost(link, true);
  state_->topology_changed();
}

void Network::restore_link(LinkId link) {
  state_->topology.set_lost(link, false);
  state_->topology_changed();
}

CutId Network::cut(std::vector<SiteId> side, std::vector<SiteId> others) {
  const CutId id = state_->topology.cut(std::move(side), std::move(others));
  state_->topology_changed();
  return id;
}

void Network::heal(CutId cut) {
  state_->topology.heal(cut);
  state_->topology_changed();
}

void Network::break_connections(HostId host) { state_->break_transfers(host); }

std::size_t Network::flows() const { return state_->flows.size(); }
const NetworkConfig& Network::config() const { return state_->config; }

}  // namespace windtunnel::models
