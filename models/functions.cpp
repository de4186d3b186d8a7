#include "models/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/function_call.h"
#include "sim/combine.h"

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 2> processors{"x86", "arm64"};

// Whether making a call again could help: platform limits other than the time-out are the same every time.
bool worth_another_try(const RunError& error) {
  const auto* limit = dynamic_cast<const InvocationError*>(&error);
  return limit == nullptr || limit->kind() == InvocationError::Kind::timed_out;
}

}  // namespace

std::string_view name(Processor processor) { return processors[static_cast<std::size_t>(processor)]; }

void Retry::describe(Fields& f) {
  f("times", times, "further calls after one that failed", {.min = 0, .max = 1000});
  f("delay", delay, "pause before the first further call; n times as long before the n-th", {.min = 0});
}

void FunctionSpec::describe(Fields& f) {
  f("memory", memory, "of one instance; 1769 MB come with one vCPU", {.min = 128, .max = 10240, .source = "facts 5"});
  f("processor", processor, processors, "instruction set, which decides the price");
  f("cold_start", cold_start, "what a new instance takes until its code runs");
  f("timeout", timeout, "longest run of a call", {.min = 0, .max = 900, .above_min = true, .source = "facts 5"});
  f("tmp", tmp, "size of /tmp; what is above 512 MB is paid for", {.min = 512, .max = 10240, .source = "facts 5"});
  f("retry", retry, "further calls after one that failed, by whoever calls");
}

void FunctionsConfig::describe(Fields& f) {
  f("platform", platform, "instances: keep-alive, concurrency, scaling");
  f("overhead", overhead, "a warm call's way to the code and back; not billed", {.source = "facts 6"});
  f("bandwidth", bandwidth, "of one instance, each way", {.min = 0, .above_min = true, .source = "facts 7"});
  f("payload_limit", payload_limit, "request or response of a synchronous call", {.min = 0, .source = "facts 5"});
  f("init_limit", init_limit, "a longer INIT starts again inside the call",
    {.min = 0, .above_min = true, .source = "facts 5"});
}

double vcpus(Memory memory) { return std::min(static_cast<double>(memory.mb) / 1769.0, 6.0); }

void Instance::require(Memory working_set) {
  if (working_set <= memory_) return;
  out_of_memory_ = true;
  throw InvocationError(InvocationError::Kind::out_of_memory,
                        fmt::format("function {}: out of memory: it needs {} and has {}", function_,
                                    format(working_set), format(memory_)));
}

Functions::Functions(sim::Simulation& simulation, Journal& journal, Network& network, FunctionsConfig config)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      config_(std::move(config)),
      platform_(simulation, config_.platform),
      overheads_(simulation.stream("functions.overhead")),
      placements_(simulation.stream("functions.placement")),
      inits_(simulation.stream("functions.init")),
      requests_item_(journal.ledger.prices().item("lambda.requests")) {
  require_sane(config_.overhead, "functions.overhead");
  platform_.on_retired([this](InstanceId instance) { remove_host(instance); });
}

Functions::~Functions() = default;

FunctionId Functions::deploy(FunctionSpec spec) {
  const auto require = [&](bool good, std::string_view what) {
    if (!good) throw InputError(fmt::format("function {}: {}", spec.name, what));
  };
  require(spec.memory.mb >= 128 && spec.memory.mb <= 10240,
          "memory must be 128 to 10240 MB, not " + format(spec.memory));
  require(spec.tmp.mb >= 512 && spec.tmp.mb <= 10240, "tmp must be 512 to 10240 MB, not " + format(spec.tmp));
  require(spec.timeout > Duration::zero() && spec.timeout <= std::chrono::seconds(900),
          "the time-out must be above 0 and at most 900 s, not " + format(spec.timeout));
  require(spec.retry.times >= 0 && spec.retry.delay >= Duration::zero(), "retries are counted from 0, their delay too");
  const Bytes limit{spec.cold_start.package == Package::zip ? 250'000'000 : 10'000'000'000};
  require(spec.cold_start.package_size.count >= 0 && spec.cold_start.package_size <= limit,
          fmt::format("the package of {} is larger than a {} may be, {}", format(spec.cold_start.package_size),
                      models::name(spec.cold_start.package), format(limit)));
  spec.cold_start.require_sane("function " + spec.name + ": cold_start");

  const PriceSheet& prices = journal_.ledger.prices();
  Deployed deployed{.spec = std::move(spec), .duration_item = 0, .tmp_item = std::nullopt};
  deployed.duration_item = prices.item("lambda.duration." + std::string(models::name(deployed.spec.processor)));
  if (deployed.spec.tmp > free_tmp) deployed.tmp_item = prices.item("lambda.tmp");
  journal_.functions.push_back(deployed.spec.name);
  deployed_.push_back(std::move(deployed));
  const FunctionId id = platform_.add_function();
  check(journal_.functions.size() == deployed_.size() && id + 1 == deployed_.size(), "Functions: one per journal");
  return id;
}

void Functions::add_host(InstanceId instance, FunctionId function) {
  if (instance >= hosts_.size()) hosts_.resize(instance + 1);
  const FunctionSpec& spec = deployed_[function].spec;
  hosts_[instance] = network_.add_function(fmt::format("{}#{}", spec.name, platform_.number(instance)),
                                           Nic::symmetric(config_.bandwidth), spec.site, spec.memory);
}

// An instance whose call was killed at once never got a host.
void Functions::remove_host(InstanceId instance) {
  if (instance >= hosts_.size() || hosts_[instance] == HostId{}) return;
  network_.remove_host(std::exchange(hosts_[instance], HostId{}));
}

void Functions::require_fits(FunctionId function, std::string_view what, Bytes size, Bytes limit) const {
  if (size <= limit) return;
  throw InvocationError(InvocationError::Kind::payload_too_large,
                        fmt::format("function {}: {} of {} is larger than the {} allowed", spec(function).name, what,
                                    format(size), format(limit)));
}

sim::Task<> Functions::invoke(FunctionId function, Context context, Payload payload, Body body) {
  require_fits(function, "a request", payload.request, config_.payload_limit);
  co_await repeat(function, context, payload, body, spec(function).retry);
}

void Functions::invoke_async(FunctionId function, Context context, Payload payload, Body body) {
  require_fits(function, "an asynchronous request", payload.request, config_.async_payload_limit);
  payload.response = {};  // nobody waits for it
  simulation_.spawn(background(function, context, payload, std::move(body)), spec(function).name);
}

sim::Task<> Functions::background(FunctionId function, Context context, Payload payload, Body body) {
  try {
    co_await repeat(function, context, payload, body, config_.async_retry);
  } catch (const RunError&) {
    // The platform gives up; the Invocation rows tell of every try.
  }
}

sim::Task<> Functions::repeat(FunctionId function, Context context, Payload payload, const Body& body, Retry retry) {
  for (std::int64_t tries = 1;; ++tries) {
    try {
      co_await attempt(function, context, payload, body);
      co_return;
    } catch (const RunError& error) {
      if (tries > retry.times || !worth_another_try(error)) throw;
    }
    const SpanScope span(journal_, simulation_, context.in(Phase::queued));
    co_await simulation_.delay(retry.delay * tries);
  }
}

sim::Task<> Functions::run(Instance& instance, const Body& body, Context context, Duration repeated_init,
                           Memory working_set) {
  if (repeated_init > Duration::zero()) {
    const SpanScope span(journal_, simulation_, context.in(Phase::cold_start));
    co_await simulation_.delay(repeated_init);
  }
  instance.require(working_set);
  co_await body(instance);
}

sim::Task<> Functions::attempt(FunctionId function, Context context, Payload payload, const Body& body) {
  using enum Call::Afterwards;
  Call call(*this, function, context);
  if (payload.request.count > 0) journal_.moved(context, "lambda", payload.request);
  co_await call.start();
  const FunctionSpec& spec = deployed_[function].spec;
  Instance instance = call.begin();
  bool in_time = false;
  try {
    in_time = co_await sim::with_timeout(
        simulation_, run(instance, body, context, call.repeated_init(), spec.working_set), spec.timeout);
  } catch (...) {
    call.end(InvocationStatus::failed, instance.out_of_memory_ ? drop_instance : keep_instance);
    throw;
  }
  if (!in_time) {
    call.end(InvocationStatus::timed_out, drop_instance);
    throw InvocationError(InvocationError::Kind::timed_out,
                          fmt::format("function {}: timed out after {} (called by {}, round {})", spec.name,
                                      format(spec.timeout), journal_.actors.name(context.actor), context.round));
  }
  if (payload.response > config_.payload_limit) {
    call.end(InvocationStatus::failed, keep_instance);
    require_fits(function, "a response", payload.response, config_.payload_limit);
  }
  if (payload.response.count > 0) journal_.moved(context, "lambda", payload.response);
  call.end(InvocationStatus::done, keep_instance);
}

}  // namespace windtunnel::models
