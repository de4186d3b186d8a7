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
  f("latency", latency, "round trip of a request from the region, network included", {.source = "[R]"});
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
      item_(journal.ledger.prices().item(config_.kind == QueueKind::fifo ? "sqs.fifo_requests" : "sqs.requests")),
      latencies_(simulation.stream("queue.latency")) {
  require_sane(config_.latency, "queue.latency");
}

void QueueService::charge(std::int64_t requests, Context context) {
  journal_.ledger.charge(item_, static_cast<double>(requests), context);
}

sim::Task<> QueueService::request(HostId caller, Context context) {
  charge(1, context);
  const Duration latency = config_.latency->sample(latencies_);
  co_await network_.transfer({.from = caller, .to = host_, .bytes = {}, .latency = latency, .timeout = {}}, context, "queue");
  co_await network_.transfer({.from = host_, .to = caller, .bytes = {}, .latency = Duration(0), .timeout = {}}, context,
                             "queue");
}

sim::Task<> QueueService::upload(HostId caller, Bytes size, Context context) {
  if (size > config_.message_limit) {
    throw QueueError(fmt::format("queue: a message of {} is larger than the {} allowed", format(size),
                                 format(config_.message_limit)));
  }
  charge(queue_requests(size) - 1, context);
  co_await request(caller, context);
  co_await network_.transfer({.from = caller, .to = host_, .bytes = size, .latency = Duration(0), .timeout = {}},
                             context, "queue");
}

sim::Task<> QueueService::download(HostId caller, Bytes size, Context context) {
  charge(queue_requests(size) - 1, context);
  co_await network_.transfer({.from = host_, .to = caller, .bytes = size, .latency = Duration(0), .timeout = {}},
                             context, "queue");
}

}  // namespace windtunnel::models
