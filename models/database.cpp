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
  require_sane(config.startup, "database.startup");
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
    {.min = 0, .above_min = true, .source = "facts 9, average of 16 gradients"});
  f("command_time", command_time, "of the server's thread, for each command", {.min = 0, .source = "facts 9"});
  f("startup", startup, "from the order until an ElastiCache node answers; nodes on machines boot as machines do",
    {.source = "between LambdaML (arXiv 2105.07806), over 2 minutes, and public Terraform logs, 5 to 7 minutes; shape unverified"});
  f("connect_timeout", connect_timeout, "how long a client tries to reach a database that does not answer", {.min = 0});
  f("persistent", persistent, "whether the contents survive a crash");
}

Databases::Databases(sim::Simulation& simulation, Journal& journal, Network& network, Machines& machines,
                     DatabaseConfig config, Provisioning provisioning)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      machines_(machines),
      config_(checked(std::move(config))),
      provisioning_(provisioning),
      node_(database_node(config_.node)),
      latencies_(simulation, journal.actors, "database.latency"),
      startups_(simulation, journal.actors, "database.startup") {}

std::unique_ptr<Database> Databases::rent(std::string_view actor, SiteId at) {
  return std::unique_ptr<Database>(new Database(*this, actor, at));
}

Database::Database(Databases& service, std::string_view actor, SiteId at)
    : service_(service),
      simulation_(service.simulation_),
      network_(service.network_),
      actor_(service.journal_.actors.id(actor)),
      thread_(simulation_),
      answers_(simulation_) {
  const MachineType& hardware = *node().hardware;
  if (node().is_machine) {
    machine_ = service.machines_.rent(hardware.name, actor_, at);
    host_ = machine_->host();
    return;
  }
  host_ = network_.add_host(actor, Nic::symmetric(hardware.card(network_.config().machine_cards)), at);
  Journal& journal = service.journal_;
  rental_ = journal.rentals.size();
  const sim::Time now = simulation_.now();
  journal.rentals.push_back(
      {.actor = actor_, .item = journal.ledger.prices().item(node().name), .rented = now, .released = now});
}

Database::~Database() { release(); }

sim::Task<> Database::boot(Context context) {
  if (machine_) {
    co_await machine_->boot(context);
  } else {
    const SpanScope span(service_.journal_, simulation_, context.in(Phase::boot));
    const bool is_there = !started_ && service_.provisioning_ == Provisioning::before_start;
    if (!is_there) co_await simulation_.delay(service_.config_.startup->sample(service_.startups_.of(actor_)));
  }
}

// ElastiCache's burstable nodes are standard ones: out of credits they slow down, and there is no surplus to pay for (the
// provider calls them "T3-Standard" and "T2-Standard" in its list of node types) (unverified). Their hardware runs, idle, while the
// service starts, and has earned that long when they answer, also where they were there before the job.
sim::Task<> Database::start(Context context) {
  check(!started_, "Database::start: once");
  co_await boot(context);
  started_ = true;
  if (machine_) {
    if (auto& credits = machine_->processors().credits()) thread_.use(*credits);
  } else if (std::optional<CreditTerms> terms = node().hardware->credits) {
    terms->launch += terms->earned_per_hour / 3600 * to_seconds(service_.config_.startup->mean());
    thread_.use(credits_.emplace(*terms, CreditMode::standard, simulation_.now()));
  }
  come_up();
}

sim::Task<> Database::restart(Context context) {
  if (!started_ && !released_) co_await answering();
  if (up_ || released_) co_return;
  co_await boot(context);
  come_up();
}

void Database::come_up() {
  if (up_ || released_) return;
  up_ = true;
  answers_.set();
}

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
  return transfer_time(touched.read + touched.written, service_.config_.memory_bandwidth);
}

sim::Task<> Database::exchange(Exchange exchange, Context context) {
  const DatabaseConfig& config = service_.config_;
  if (!up_) co_await reconnect();
  const std::int64_t crashes = crashes_;
  const Duration round_trip = config.latency->sample(service_.latencies_.of(context.actor));
  try {
    for (bool answers = false;; answers = true) {
      Network::Delivery delivery(network_, message(exchange, answers, round_trip), context, "database");
      for (auto wait = delivery.next(); wait != Network::Delivery::Wait::nothing; wait = delivery.next()) {
        if (wait == Network::Delivery::Wait::latency) co_await simulation_.delay(delivery.latency());
        if (wait == Network::Delivery::Wait::flow) co_await delivery.over();
        if (wait == Network::Delivery::Wait::way) co_await delivery.way();
      }
      if (answers) break;
      require_up(crashes);
      const bool served = co_await thread_.work(config.command_time + exchange.work);
      if (!served) require_up(crashes);
      if (exchange.key) keep(*exchange.key, exchange.request);
    }
  } catch (const Unreachable& unreachable) {
    report_down(unreachable.what());
  }
}

Network::Transfer Database::message(const Exchange& exchange, bool answers, Duration round_trip) const {
  const Duration there = round_trip / 2, back = round_trip - there, patience = service_.config_.connect_timeout;
  if (!answers) return {.from = exchange.client, .to = host_, .bytes = exchange.request, .latency = there, .timeout = patience};
  return {.from = host_, .to = exchange.client, .bytes = exchange.response, .latency = back, .timeout = patience};
}

sim::Task<> Database::reconnect() {
  if (!released_) co_await sim::with_timeout(simulation_, answering(), service_.config_.connect_timeout);
  if (!up_) {
    report_down(released_ ? "its node was given back" : started_ ? "it does not answer" : "it has not started");
  }
}

void Database::require_up(std::int64_t crashes) const {
  if (crashes != crashes_) report_down("it went down");
}

void Database::report_down(std::string_view why) const {
  throw DatabaseDown(fmt::format("database {}: {}", service_.journal_.actors.name(actor_), why));
}

void Database::require_room(Bytes size) const {
  if (held() + size > capacity()) {
    throw OutOfMemory(fmt::format("database {}: {} more do not fit in {} ({} of {} in use); a larger node or fewer values are needed",
                                  service_.journal_.actors.name(actor_), format(size), node().name, format(held()),
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
  answers_.reset();
  if (!service_.config_.persistent) memory_.clear();
  thread_.interrupt();
  network_.break_connections(host_);
}

void Database::fail() {
  if (up_) go_down();
}

void Database::release() {
  if (std::exchange(released_, true)) return;
  if (up_) go_down();
  if (machine_) return machine_->release();
  Journal& journal = service_.journal_;
  Rental& rental = journal.rentals[rental_];
  rental.released = simulation_.now();
  rental.billed = journal.ledger.prices().billed(rental.item, rental.released - rental.rented);
  const Context context{.actor = actor_, .phase = Phase::rent, .round = -1};
  if (rental.billed > Duration(0)) {
    journal.ledger.charge(rental.item, to_seconds(rental.billed) / 3600, context);
  }
  network_.remove_host(host_);
}

}  // namespace windtunnel::models
