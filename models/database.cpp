#include "models/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/combine.h"

namespace windtunnel::models {
namespace {

void require(bool condition, std::string_view field, std::string_view allowed) {
  if (!condition) throw InputError(fmt::format("database.{}: allowed: {}", field, allowed));
}

DatabaseConfig checked(DatabaseConfig config) {
  require_sane(config.latency, "database.latency");
  require(config.memory_bandwidth.bytes_per_s > 0, "memory_bandwidth", "above 0");
  require(config.command_time >= Duration(0), "command_time", "0 and above");
  require(config.connect_timeout >= Duration(0), "connect_timeout", "0 and above");
  return config;
}

}  // namespace

void DatabaseConfig::describe(Fields& f) {
  f("node", node, "type of the node: elasticache.<type> or ec2.<type>, with a price in the price sheet");
  f("latency", latency, "round trip of a small command in the region, network included", {.source = "facts 7"});
  f("memory_bandwidth", memory_bandwidth, "bytes per second that in-database work reads and writes",
    {.min = 0, .above_min = true, .source = "redisai.md 7.4, average of 16 gradients"});
  f("command_time", command_time, "of the server's thread, for each command", {.min = 0, .source = "redisai.md 7"});
  f("connect_timeout", connect_timeout, "how long a client tries to reach a database that does not answer", {.min = 0});
  f("persistent", persistent, "whether the contents survive a crash");
}

/// What the server's thread works on; over before its time when the server goes down.
struct Database::Work final : sim::Callback {
  Work(Database& d, Duration length) : Callback("database work"), database(d), over(d.simulation_) {
    database.working_ = this;
    database.simulation_.schedule(*this, length);
  }
  ~Work() { database.working_ = nullptr; }
  void fire() override { over.set(); }

  Database& database;
  sim::Event over;
};

Database::Database(sim::Simulation& simulation, Journal& journal, Network& network, DatabaseConfig config,
                   std::string_view actor, SiteId at, Provisioning /*provisioning*/)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      config_(checked(std::move(config))),
      node_(database_node(config_.node)),
      item_(journal.ledger.prices().item(node_.name)),
      actor_(journal.actors.id(actor)),
      host_(network.add_host(actor, Nic::symmetric(node_.hardware->card(network.config().machine_cards)), at)),
      latencies_(simulation.stream(fmt::format("{}.latency", actor))),
      thread_(simulation, 1),
      recovered_(simulation),
      rented_(simulation.now()) {}

Database::~Database() { release(); }

sim::Task<> Database::read(HostId client, Bytes size, Context context) {
  return exchange({.client = client, .response = size, .work = work({.read = size, .written = size})}, context);
}

sim::Task<> Database::write(HostId client, Key key, Bytes size, Context context) {
  return exchange({.client = client, .request = size, .work = work({.read = size, .written = size}), .key = key}, context);
}

sim::Task<> Database::command(HostId client, Duration work, Context context) {
  check(work >= Duration(0), "in-database work takes 0 or more");
  return exchange({.client = client, .work = work}, context);
}

sim::Task<> Database::ping(HostId client, Context context) { return exchange({.client = client}, context); }

Duration Database::work(const Touched& touched) const {
  return transfer_time(touched.read + touched.written, config_.memory_bandwidth);
}

sim::Task<> Database::exchange(Exchange exchange, Context context) {
  if (!up_) co_await reconnect();
  const std::int64_t crashes = crashes_;
  const Duration round_trip = config_.latency->sample(latencies_);
  try {
    co_await network_.transfer({.from = exchange.client, .to = host_, .bytes = exchange.request, .latency = round_trip / 2,
                                .timeout = config_.connect_timeout},
                               context, "database");
    require_up(crashes);
    {
      const sim::Lease turn = co_await thread_.acquire();
      require_up(crashes);
      if (exchange.key) require_room(exchange.request);
      Work work(*this, config_.command_time + exchange.work);
      co_await work.over;
    }
    require_up(crashes);
    if (exchange.key) keep(*exchange.key, exchange.request);
    co_await network_.transfer({.from = host_, .to = exchange.client, .bytes = exchange.response,
                                .latency = round_trip - round_trip / 2, .timeout = config_.connect_timeout},
                               context, "database");
  } catch (const Unreachable& unreachable) {
    report_down(unreachable.what());
  }
}

sim::Task<> Database::recovery() { co_await recovered_; }

sim::Task<> Database::reconnect() {
  if (!released_) co_await sim::with_timeout(simulation_, recovery(), config_.connect_timeout);
  if (!up_) report_down(released_ ? "its node was given back" : "it does not answer");
}

void Database::require_up(std::int64_t crashes) const {
  if (crashes != crashes_) report_down("it went down");
}

void Database::report_down(std::string_view why) const {
  throw DatabaseDown(fmt::format("database {}: {}", journal_.actors.name(actor_), why));
}

void Database::require_room(Bytes size) const {
  if (held() + size > capacity()) {
    throw OutOfMemory(fmt::format("database {}: {} more do not fit in {} ({} of {} in use); a larger node or fewer values are needed",
                                  journal_.actors.name(actor_), format(size), node_.name, format(held()),
                                  format(capacity())));
  }
}

void Database::keep(Key key, Bytes size) {
  if (!up_) report_down("it cannot keep anything");
  require_room(size);
  memory_.put(key, size);
}

void Database::go_down() {
  up_ = false;
  ++crashes_;
  recovered_.reset();
  if (!config_.persistent) memory_.clear();
  if (working_ != nullptr) working_->over.set();
  network_.break_connections(host_);
}

void Database::fail() {
  if (up_) go_down();
}

void Database::recover() {
  if (up_ || released_) return;
  up_ = true;
  recovered_.set();
}

void Database::release() {
  if (std::exchange(released_, true)) return;
  if (up_) go_down();
  const Duration billed = journal_.ledger.prices().billed(item_, simulation_.now() - rented_);
  const Context context{.actor = actor_, .phase = Phase::idle, .round = -1};
  if (billed > Duration(0)) journal_.ledger.charge(item_, to_seconds(billed) / 3600, context);
  network_.remove_host(host_);
}

}  // namespace windtunnel::models
