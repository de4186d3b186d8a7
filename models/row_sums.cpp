#include "models/row_sums.h"

#include <algorithm>

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;

// How long its code ran; what ran for no time is billed as a millisecond.
Duration running(const Invocation& call) {
  const bool began = call.ended > call.started || call.status == InvocationStatus::done || call.status == InvocationStatus::failed;
  return began ? std::max(call.ended - call.started, Duration(1)) : Duration::zero();
}

}  // namespace

void InvocationSums::add(const Invocation& call) {
  ++calls;
  cold += call.cold ? 1 : 0;
  if (!call.placed) return;
  const Duration run = running(call);
  CallSum& sum = placed[{call.memory, call.tmp, call.processor, call.package}];
  ++sum.count;
  sum.billed += call.billed;
  sum.without_init += std::chrono::ceil<milliseconds>(run);
  sum.with_init += std::chrono::ceil<milliseconds>(call.init + run);
}

std::int64_t express_steps(const WorkflowRun& run) {
  return run.express ? (run.ended - run.started + milliseconds(100) - Duration(1)) / milliseconds(100) : 0;
}

void WorkflowSums::add(const WorkflowRun& run) {
  ++rows;
  models::add(print, run.context);
  print.add(run.started.time_since_epoch().count());
  print.add(run.ended.time_since_epoch().count());
  print.add(run.transitions);
  print.add(run.events);
  ExecutionSum& sum = alike[{run.express, run.memory}];
  ++sum.count;
  sum.transitions += run.transitions;
  sum.events += run.events;
  sum.express_steps += express_steps(run);
}

void RequestSums::add(const Requests& requests) {
  ++rows;
  models::add(print, requests.context);
  print.add(requests.operation);
  print.add_pair(static_cast<std::uint64_t>(requests.size.count), static_cast<std::uint64_t>(requests.count));
  alike[{requests.operation, requests.size}] += requests.count;
}

void TransferSums::add(const Transfer& transfer) {
  ++rows;
  models::add(print, transfer.context);
  print.add(transfer.service);
  print.add_pair(static_cast<std::uint64_t>(transfer.count), static_cast<std::uint64_t>(transfer.bytes.count));
  TransferSum& sum = by_service[transfer.service];
  sum.count += transfer.count;
  sum.bytes += transfer.bytes;
}

}  // namespace windtunnel::models
