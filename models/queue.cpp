#include "models/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 2> kinds{"standard", "fifo"};
constexpr std::int64_t chunk = 64 * 1024;

}  // namespace

void QueueConfig::describe(Fields& f) {
  f("kind", kind, kinds, "decides the price of a request");
  f("latency", latency, "round trip of a request from the region, network included", {.source = "unverified"});
  f("message_limit", message_limit, "largest message", {.min = 1, .source = "facts 5"});
}

std::int64_t queue_requests(Bytes size) { return std::max<std::int64_t>((size.count + chunk - 1) / chunk, 1); }

QueueService::QueueService(sim::Simulation& simulation, Journal& journal, Network& network, QueueConfig config,
                           SiteId at)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      config_(std::move(config)),
      host_(network.add_host("queue", Nic{}, at)),
      operation_(config_.kind == QueueKind::fifo ? "sqs.fifo_requests" : "sqs.requests"),
      item_(journal.ledger.prices().item(operation_)),
      latencies_(simulation, journal.actors, "queue.latency") {
  require_sane(config_.latency, "queue.latency");
  if (config_.visibility_timeout <= Duration::zero()) throw InputError("queue.visibility_timeout: must be above 0");
}

void QueueService::charge(std::int64_t requests, Context context) {
  journal_.ledger.charge(item_, static_cast<double>(requests), context);
}

sim::Task<> QueueService::round_trip(HostId caller, Context context) {
  const Duration latency = config_.latency->sample(latencies_.of(context.actor));
  co_await network_.transfer({.from = caller, .to = host_, .bytes = {}, .latency = latency, .timeout = {}}, context, "queue");
  co_await network_.transfer({.from = host_, .to = caller, .bytes = {}, .latency = Duration(0), .timeout = {}}, context,
                             "queue");
}

sim::Task<> QueueService::request(HostId caller, Context context) {
  charge(1, context);
  journal_.requested(context, operation_);
  co_await round_trip(caller, context);
}

sim::Task<> QueueService::upload(HostId caller, Bytes size, Context context) {
  if (size > config_.message_limit) {
    throw QueueError(fmt::format("queue: a message of {} B is larger than the {} B allowed", size.count,
                                 config_.message_limit.count));
  }
  charge(queue_requests(size), context);
  journal_.requested(context, operation_, size);
  co_await round_trip(caller, context);
  co_await network_.transfer({.from = caller, .to = host_, .bytes = size, .latency = Duration(0), .timeout = {}},
                             context, "queue");
}

QueueService::Receive::Receive(QueueService& service, HostId caller, Context context)
    : service_(service), caller_(caller), context_(context) {
  service.charge(1, context);
}

QueueService::Receive::~Receive() { service_.journal_.requested(context_, service_.operation_, size_); }

sim::Task<> QueueService::Receive::bring(Bytes size) {
  size_ = size;
  if (const std::int64_t further = queue_requests(size) - 1; further > 0) service_.charge(further, context_);
  return service_.network_.transfer(
      {.from = service_.host_, .to = caller_, .bytes = size, .latency = Duration(0), .timeout = {}}, context_, "queue");
}

}  // namespace windtunnel::models
