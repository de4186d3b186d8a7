#include "models/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/function_call.h"
#include "sim/combine.h"
#include "sim/fingerprint.h"

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 2> processors{"x86", "arm64"};
constexpr std::array<std::string_view, 2> throttles{"refuse", "wait"};

}  // namespace

std::string_view name(Processor processor) { return processors[static_cast<std::size_t>(processor)]; }

std::string_view name(Throttle throttle) { return throttles[static_cast<std::size_t>(throttle)]; }

void BackOff::describe(Fields& f) {
  f("times", times, "further tries of a call that was refused", {.min = 0, .max = 1'000'000, .source = "unverified"});
  f("delay", delay, "pause before the first of them, at most", {.min = 0, .source = "provider's SDKs, standard mode"});
  f("factor", factor, "of a pause to the one before", {.min = 1, .max = 100, .source = "provider's SDKs, standard mode"});
  f("longest", longest, "no pause is longer", {.min = 0, .source = "provider's SDKs, standard mode"});
  f("jitter", jitter, "a uniform part of the pause instead of all of it", {.source = "provider's SDKs, standard mode"});
}

Duration BackOff::pause(std::int64_t n, sim::RandomStream& stream) const {
  const double grown = to_seconds(delay) * std::pow(factor, static_cast<double>(n - 1));
  const Duration whole = grown < to_seconds(longest) ? from_seconds(grown) : longest;
  return jitter ? from_seconds(to_seconds(whole) * stream.uniform()) : whole;
}

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
  f("throttle", throttle, throttles, "what happens to synchronous calls beyond the limits of concurrency and scaling");
  f("back_off", back_off, "how callers go on after they were refused");
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
      overheads_(simulation, journal.actors, "functions.overhead"),
      back_offs_(simulation, journal.actors, "functions.back_off"),
      requests_item_(journal.ledger.prices().item("lambda.requests")) {
  require_sane(config_.overhead, "functions.overhead");
  const BackOff& b = config_.back_off;
  if (b.times < 0 || b.delay < Duration::zero() || b.longest < Duration::zero() || !(b.factor >= 1)) {
    throw InputError("functions.back_off: times, delay and longest are not negative, and factor is at least 1");
  }
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
          fmt::format("the package of {} B is larger than a {} may be, {} B", spec.cold_start.package_size.count,
                      models::name(spec.cold_start.package), limit.count));
  spec.cold_start.require_sane("function " + spec.name + ": cold_start");

  const PriceSheet& prices = journal_.ledger.prices();
  const std::uint64_t who = stream_index(spec.name);
  Deployed deployed{.spec = std::move(spec),
                    .tmp_item = std::nullopt,
                    .init_tmp_item = std::nullopt,
                    .placements = simulation_.stream("functions.placement", who),
                    .inits = simulation_.stream("functions.init", who)};
  deployed.duration_item = prices.item("lambda.duration." + std::string(models::name(deployed.spec.processor)));
  deployed.init_item = prices.item("lambda.init." + std::string(models::name(deployed.spec.processor)));
  if (deployed.spec.tmp > free_tmp) {
    deployed.tmp_item = prices.item("lambda.tmp");
    deployed.init_tmp_item = prices.item("lambda.init.tmp");
  }
  journal_.functions.push_back(deployed.spec.name);
  deployed_.push_back(std::move(deployed));
  const FunctionId id = platform_.add_function(who);
  check(journal_.functions.size() == deployed_.size() && id + 1 == deployed_.size(), "Functions: one per journal");
  return id;
}

// Streams hang on the function's name, so that what others deploy changes nothing; a name that comes again differs by
// the number of times that it came before.
std::uint64_t Functions::stream_index(const std::string& name) {
  const int before = names_[name]++;
  return sim::hash_of(before == 0 ? name : fmt::format("{}#{}", name, before));
}

void Functions::add_host(InstanceId instance, FunctionId function) {
  const FunctionSpec& spec = deployed_[function].spec;
  environments_[instance].host = network_.add_function(fmt::format("{}#{}", spec.name, platform_.number(instance)),
                                                       Nic::symmetric(config_.bandwidth), spec.site, spec.memory);
}

// An instance whose call was killed at once never got a host.
void Functions::remove_host(InstanceId instance) {
  if (instance >= environments_.size()) return;
  const Environment gone = std::exchange(environments_[instance], Environment{});
  if (gone.host != HostId{}) network_.remove_host(gone.host);
}

void Functions::require_fits(FunctionId function, std::string_view what, Bytes size, Bytes limit) const {
  if (size <= limit) return;
  throw InvocationError(InvocationError::Kind::payload_too_large,
                        fmt::format("function {}: {} of {} B is larger than the {} B allowed", spec(function).name, what,
                                    size.count, limit.count));
}

sim::Task<> Functions::invoke(FunctionId function, Context context, Payload payload, Body body, OnRetry on_retry) {
  require_fits(function, "a request", payload.request, config_.payload_limit);
  co_await repeat({function, context, payload, std::nullopt}, body, spec(function).retry, on_retry);
}

void Functions::invoke_async(FunctionId function, Context context, Payload payload, Body body) {
  require_fits(function, "an asynchronous request", payload.request, config_.async_payload_limit);
  payload.response = {};  // nobody waits for it
  const Request request{function, context, payload, simulation_.now() + config_.async_age};
  simulation_.spawn(background(request, std::move(body)), spec(function).name);
}

sim::Task<> Functions::background(Request request, Body body) {
  const OnRetry nobody;
  try {
    co_await repeat(request, body, config_.async_retry, nobody);
  } catch (const RunError&) {
    // The platform gives up; the Invocation rows tell of every try.
  }
}

sim::Task<> Functions::repeat(Request request, const Body& body, Retry retry, const OnRetry& on_retry) {
  std::int64_t failed = 0, refused = 0;
  for (;;) {
    Duration pause{};
    try {
      co_await attempt(request, body, failed);
      co_return;
    } catch (const InvocationError& error) {
      if (error.kind() == InvocationError::Kind::throttled) {
        if (request.give_up_at || refused == config_.back_off.times) throw;
        pause = config_.back_off.pause(++refused, back_offs_.of(request.context.actor));
      } else {
        // Whoever calls knows which limits are the same every time; the platform's own queue does not.
        const bool hopeless = error.kind() != InvocationError::Kind::timed_out && !request.give_up_at;
        if (hopeless || failed == retry.times) throw;
        pause = retry.delay * ++failed;
      }
    } catch (const RunError&) {
      if (failed == retry.times) throw;
      pause = retry.delay * ++failed;
    }
    const SpanScope span(journal_, simulation_, request.context.in(Phase::queued));
    co_await simulation_.delay(pause);
    if (on_retry) on_retry();
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

sim::Task<> Functions::attempt(Request request, const Body& body, std::int64_t number) {
  using enum Call::Afterwards;
  const auto [function, context, payload, give_up_at] = request;
  Call call(*this, function, context, number);
  if (payload.request.count > 0) journal_.moved(context, "lambda", payload.request);
  co_await call.start(give_up_at);
  const FunctionSpec& spec = deployed_[function].spec;
  Instance instance = call.begin();
  bool in_time = false;
  try {
    in_time = co_await sim::with_timeout(
        simulation_, run(instance, body, context, call.repeated_init(), spec.working_set), spec.timeout);
  } catch (...) {
    call.end(InvocationStatus::failed, instance.out_of_memory_ ? reset_instance : keep_instance);
    throw;
  }
  if (!in_time) {
    call.end(InvocationStatus::timed_out, reset_instance);
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
