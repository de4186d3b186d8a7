// A flight in a cloud where nothing takes time but what a test sets: for numbers worked by hand.
#pragma once

#include "architectures/parameter_server.h"
#include "architectures/spirt.h"
#include "flight.h"

namespace windtunnel::architectures {

/// No variation, no latencies, no cold starts; machines and nodes are there at time 0; object-store connections of 100 MB/s.
inline CloudConfig bare_cloud() {
  const auto nothing = models::constant(Duration(0));
  CloudConfig cloud;
  cloud.provisioning = models::Provisioning::before_start;
  cloud.compute.variation = 0;
  cloud.function.cold_start.placement = cloud.function.cold_start.init = nothing;
  cloud.functions.overhead = nothing;
  cloud.functions.platform.start_growth = models::StartGrowth::none;
  cloud.object_store.latency = nothing;
  cloud.object_store.function_bandwidth.clear();
  cloud.object_store.bandwidth = {100e6};
  cloud.object_store.bandwidth_sd = {0};
  cloud.network.latency = nothing;
  cloud.database.latency = nothing;
  cloud.database.command_time = Duration(0);
  cloud.queue.latency = nothing;
  cloud.workflow.transition = nothing;
  return cloud;
}

inline Flight bare_flight(std::string_view architecture) {
  Flight flight;
  flight.architecture.select(architecture);
  flight.cloud = bare_cloud();
  if (architecture == "spirt") {
    auto& step = flight.as<Spirt>().step.cold_start;
    step.placement = step.init = models::constant(Duration(0));
  }
  return flight;
}

/// Spans of a phase whose actor's name begins so.
inline std::vector<models::Span> spans_of(const models::Journal& journal, models::Phase phase, std::string_view actor = "") {
  std::vector<models::Span> found;
  for (const models::Span& span : journal.spans) {
    if (span.context.phase == phase && journal.actors.name(span.context.actor).starts_with(actor)) found.push_back(span);
  }
  return found;
}

inline Duration spent(const models::Journal& journal, models::Phase phase, std::string_view actor = "") {
  Duration sum{};
  for (const models::Span& span : spans_of(journal, phase, actor)) sum += span.end - span.start;
  return sum;
}

}  // namespace windtunnel::architectures
