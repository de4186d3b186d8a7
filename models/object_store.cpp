#include "models/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace windtunnel::models {
namespace {

constexpr double gb = 1024.0 * 1024.0 * 1024.0;
constexpr double month_s = 30.0 * 24 * 3600;

void require(bool condition, std::string_view field, std::string_view allowed) {
  if (!condition) throw InputError(fmt::format("object_store.{}: allowed: {}", field, allowed));
}

}  // namespace

void ObjectStoreConfig::describe(Fields& f) {
  f("latency", latency, "from a request to its first byte, network of the region included", {.source = "facts 3"});
  f("bandwidth", bandwidth, "of one connection, mean", {.min = 0, .above_min = true, .source = "facts 3"});
  f("bandwidth_sd", bandwidth_sd, "its standard deviation from request to request", {.min = 0, .source = "facts 3"});
  f("put_rate", put_rate, "writes per second and prefix", {.min = 1, .source = "facts 5"});
  f("get_rate", get_rate, "reads per second and prefix", {.min = 1, .source = "facts 5"});
  f("attempts", attempts, "tries of one request before it fails", {.min = 1});
  f("backoff", backoff, "longest pause after the first refusal, doubled with each more", {.min = 0});
  f("backoff_max", backoff_max, "longest pause at all", {.min = 0});
}

ObjectStore::ObjectStore(sim::Simulation& simulation, Journal& journal, Network& network, ObjectStoreConfig config,
                         SiteId at)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      config_(std::move(config)),
      host_(network.add_host("s3", Nic{}, at)),
      get_item_(journal.ledger.prices().item("s3.get")),
      put_item_(journal.ledger.prices().item("s3.put")),
      storage_item_(journal.ledger.prices().item("s3.storage")),
      bandwidths_(simulation.stream("s3.bandwidth")),
      latencies_(simulation.stream("s3.latency")),
      pauses_(simulation.stream("s3.backoff")),
      accrued_(simulation.now()) {
  require_sane(config_.latency, "object_store.latency");
  require(config_.bandwidth.bytes_per_s > 0, "bandwidth", "above 0");
  require(config_.bandwidth_sd.bytes_per_s >= 0, "bandwidth_sd", "0 and above");
  require(config_.put_rate >= 1 && config_.get_rate >= 1, "put_rate and get_rate", "1 and above");
  require(config_.attempts >= 1, "attempts", "1 and above");
  require(config_.backoff >= Duration(0) && config_.backoff_max >= Duration(0), "backoff and backoff_max", "0 and above");
  prefix();
}

ObjectStore::Prefix ObjectStore::prefix() {
  gets_.push_back({config_.get_rate, simulation_.now()});
  puts_.push_back({config_.put_rate, simulation_.now()});
  return static_cast<Prefix>(gets_.size() - 1);
}

// Takes one request off the prefix's allowance, if there is one.
bool ObjectStore::admit(Prefix prefix, Kind kind) {
  check(static_cast<std::size_t>(prefix) < gets_.size(), "there is such a prefix");
  const double rate = kind == Kind::get ? config_.get_rate : config_.put_rate;
  Allowance& allowance = (kind == Kind::get ? gets_ : puts_)[static_cast<std::size_t>(prefix)];
  const double elapsed_s = to_seconds(simulation_.now() - allowance.since);
  allowance.since = simulation_.now();
  allowance.requests = std::min(rate, allowance.requests + rate * elapsed_s);
  if (allowance.requests < 1) return false;
  allowance.requests -= 1;
  return true;
}

// After a first refusal: tries again until a request is admitted.
sim::Task<> ObjectStore::wait_for_turn(HostId client, Context context, Prefix prefix, Kind kind) {
  const sim::Time start = simulation_.now();
  std::int64_t refusals = 0;
  Duration longest = std::min(config_.backoff, config_.backoff_max);
  do {
    ++refusals;
    ++refused_;
    const bool last = refusals == config_.attempts;
    if (last || refusals == 1) {
      journal_.faults.push_back({context.actor, "throttled", context.round, simulation_.now(),
                                 fmt::format("{}: 503, {} per second and prefix{}", kind == Kind::get ? "s3.get" : "s3.put",
                                             kind == Kind::get ? config_.get_rate : config_.put_rate,
                                             last ? "; given up" : "")});
    }
    // The refusal comes back, then the pause: anything up to the longest one, so that those refused together spread.
    co_await network_.transfer({.from = host_, .to = client, .bytes = {}, .latency = config_.latency->sample(latencies_), .timeout = {}},
                               context, "s3");
    if (last) {
      throw Throttled(fmt::format("the object store refused {} {} times within {}: more than {} requests per second",
                                  kind == Kind::get ? "a read" : "a write", refusals, format(simulation_.now() - start),
                                  kind == Kind::get ? config_.get_rate : config_.put_rate));
    }
    co_await simulation_.delay(from_seconds(to_seconds(longest) * pauses_.uniform()));
    longest = std::min(longest * 2, config_.backoff_max);
  } while (!admit(prefix, kind));
}

Bandwidth ObjectStore::connection() {
  const double mean = config_.bandwidth.bytes_per_s, sd = config_.bandwidth_sd.bytes_per_s;
  return {sd == 0 ? mean : std::max(mean / 10, bandwidths_.normal(mean, sd))};
}

sim::Task<> ObjectStore::get(HostId to, Bytes size, Context context, Prefix prefix) {
  if (!admit(prefix, Kind::get)) co_await wait_for_turn(to, context, prefix, Kind::get);
  journal_.ledger.charge(get_item_, 1, context);
  co_await network_.transfer({.from = host_, .to = to, .bytes = size, .cap = connection(),
                              .latency = config_.latency->sample(latencies_), .timeout = {}},
                             context, "s3");
}

sim::Task<> ObjectStore::put(HostId from, Bytes size, Context context, Prefix prefix) {
  if (!admit(prefix, Kind::put)) co_await wait_for_turn(from, context, prefix, Kind::put);
  journal_.ledger.charge(put_item_, 1, context);
  co_await network_.transfer({.from = from, .to = host_, .bytes = size, .cap = connection(),
                              .latency = config_.latency->sample(latencies_), .timeout = {}},
                             context, "s3");
  hold(size);
}

void ObjectStore::accrue() {
  byte_seconds_ += static_cast<double>(stored_.count) * to_seconds(simulation_.now() - accrued_);
  accrued_ = simulation_.now();
}

void ObjectStore::hold(Bytes size) {
  check(size.count >= 0, "an object has bytes from 0");
  accrue();
  stored_ += size;
}

void ObjectStore::erase(Bytes size) {
  check(size.count >= 0 && size <= stored_, "only what is stored can be erased");
  accrue();
  stored_ = stored_ - size;
}

void ObjectStore::settle(Context context) {
  accrue();
  if (byte_seconds_ > 0) journal_.ledger.charge(storage_item_, byte_seconds_ / gb / month_s, context);
  byte_seconds_ = 0;
}

}  // namespace windtunnel::models
