#include "models/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace windtunnel::models {
namespace {

constexpr double gb = 1024.0 * 1024.0 * 1024.0;
constexpr double month_s = 30.0 * 24 * 3600;

void require(bool condition, std::string_view field, std::string_view allowed) {
  if (!condition) throw InputError(fmt::format("object_store.{}: allowed: {}", field, allowed));
}

constexpr std::string_view lambdaml = "LambdaML (arXiv 2105.07806)";
constexpr std::string_view functions_source = "arXiv 2604.22072";

double between(double x, double x0, double x1, double y0, double y1) { return y0 + (y1 - y0) * (x - x0) / (x1 - x0); }

}  // namespace

void FunctionBandwidth::describe(Fields& f) {
  f("memory", memory, "of the function", {.min = 1});
  f("read", read, "mean of one connection that reads", {.min = 0, .above_min = true, .source = functions_source});
  f("write", write, "mean of one connection that writes", {.min = 0, .above_min = true, .source = functions_source});
}

void ObjectStoreConfig::describe(Fields& f) {
  f("latency", latency, "from a request to its first byte, network of the region included",
    {.source = "1 MB through S3: median 111 ms, 99th percentile 1,177 ms (facts 7)"});
  f("bandwidth", bandwidth, "of one connection with a host that is no function, mean",
    {.min = 0, .above_min = true, .source = lambdaml});
  f("bandwidth_sd", bandwidth_sd, "its standard deviation from request to request; of functions in proportion",
    {.min = 0, .source = lambdaml});
  f("function_bandwidth", function_bandwidth,
    "of one connection with a function, by its memory; [] for that of other hosts", {.source = functions_source});
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
      bandwidths_(simulation, journal.actors, "s3.bandwidth"),
      latencies_(simulation, journal.actors, "s3.latency"),
      pauses_(simulation, journal.actors, "s3.backoff"),
      accrued_(simulation.now()) {
  require_sane(config_.latency, "object_store.latency");
  require(config_.bandwidth.bytes_per_s > 0, "bandwidth", "above 0");
  require(config_.bandwidth_sd.bytes_per_s >= 0, "bandwidth_sd", "0 and above");
  require(config_.put_rate >= 1 && config_.get_rate >= 1, "put_rate and get_rate", "1 and above");
  require(config_.attempts >= 1, "attempts", "1 and above");
  require(config_.backoff >= Duration(0) && config_.backoff_max >= Duration(0), "backoff and backoff_max", "0 and above");
  for (std::size_t i = 0; i < config_.function_bandwidth.size(); ++i) {
    const FunctionBandwidth& here = config_.function_bandwidth[i];
    require(here.memory.mb > 0 && here.read.bytes_per_s > 0 && here.write.bytes_per_s > 0, "function_bandwidth",
            "memory, read and write above 0");
    require(i == 0 || here.memory > config_.function_bandwidth[i - 1].memory, "function_bandwidth",
            "memory that rises along the list");
  }
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
    co_await network_.transfer({.from = host_, .to = client, .bytes = {}, .latency = config_.latency->sample(latencies_.of(context.actor)), .timeout = {}},
                               context, "s3");
    if (last) {
      throw Throttled(fmt::format("the object store refused {} {} times within {}: more than {} requests per second",
                                  kind == Kind::get ? "a read" : "a write", refusals, format(simulation_.now() - start),
                                  kind == Kind::get ? config_.get_rate : config_.put_rate));
    }
    co_await simulation_.delay(from_seconds(to_seconds(longest) * pauses_.of(context.actor).uniform()));
    longest = std::min(longest * 2, config_.backoff_max);
  } while (!admit(prefix, kind));
}

Bandwidth ObjectStore::mean_bandwidth(HostId client, Kind kind) const {
  const std::optional<Memory> memory = network_.function_memory(client);
  const std::vector<FunctionBandwidth>& points = config_.function_bandwidth;
  if (!memory || points.empty()) return config_.bandwidth;
  const auto rate = [&](const FunctionBandwidth& point) {
    return (kind == Kind::get ? point.read : point.write).bytes_per_s;
  };
  const auto mb = static_cast<double>(memory->mb);
  const auto right = std::find_if(points.begin(), points.end(), [&](const FunctionBandwidth& p) { return *memory <= p.memory; });
  if (right == points.end()) return {rate(points.back())};
  if (right == points.begin()) return {rate(*right) * mb / static_cast<double>(right->memory.mb)};
  const FunctionBandwidth& left = *std::prev(right);
  return {between(mb, static_cast<double>(left.memory.mb), static_cast<double>(right->memory.mb), rate(left), rate(*right))};
}

Bandwidth ObjectStore::connection(HostId client, Kind kind, ActorId actor) {
  const double mean = mean_bandwidth(client, kind).bytes_per_s;
  const double sd = config_.bandwidth_sd.bytes_per_s * mean / config_.bandwidth.bytes_per_s;
  return {sd == 0 ? mean : std::max(mean / 10, bandwidths_.of(actor).normal(mean, sd))};
}

void ObjectStore::charge(Kind kind, const Context& context) {
  journal_.ledger.charge(kind == Kind::get ? get_item_ : put_item_, 1, context);
  journal_.requested(context, kind == Kind::get ? "s3.get" : "s3.put");
}

// One request to its end. What cannot be reached now is charged when it was reached after all.
sim::Task<> ObjectStore::request(HostId client, Bytes size, Context context, Prefix prefix, Kind kind) {
  if (!admit(prefix, kind)) co_await wait_for_turn(client, context, prefix, kind);
  const bool reached = network_.connected(client, host_);
  if (reached) charge(kind, context);
  const bool reads = kind == Kind::get;
  co_await network_.transfer({.from = reads ? host_ : client, .to = reads ? client : host_, .bytes = size,
                              .cap = connection(client, kind, context.actor),
                              .latency = config_.latency->sample(latencies_.of(context.actor)), .timeout = {}},
                             context, "s3");
  if (!reached) charge(kind, context);
}

sim::Task<> ObjectStore::get(HostId to, Bytes size, Context context, Prefix prefix) {
  return request(to, size, context, prefix, Kind::get);
}

sim::Task<> ObjectStore::put(HostId from, Bytes size, Context context, Prefix prefix) {
  co_await request(from, size, context, prefix, Kind::put);
  hold(size);
}

void ObjectStore::accrue() {
  byte_seconds_ += static_cast<double>(stored_.count) * to_seconds(simulation_.now() - accrued_);
  accrued_ = simulation_.now();
}

// Several changes of one instant are one row.
void ObjectStore::store(Bytes size) {
  accrue();
  stored_ = size;
  if (journal_.stored.empty() || journal_.stored.back().at != accrued_) journal_.stored.push_back({accrued_, 0});
  journal_.stored.back().bytes = stored_.count;
}

void ObjectStore::hold(Bytes size) {
  check(size.count >= 0, "an object has bytes from 0");
  store(stored_ + size);
}

void ObjectStore::erase(Bytes size) {
  check(size.count >= 0 && size <= stored_, "only what is stored can be erased");
  store(stored_ - size);
}

void ObjectStore::settle(Context context) {
  accrue();
  if (byte_seconds_ > 0) journal_.ledger.charge(storage_item_, byte_seconds_ / gb / month_s, context);
  byte_seconds_ = 0;
}

}  // namespace windtunnel::models
