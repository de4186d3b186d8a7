#include "models/function_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/combine.h"

namespace windtunnel::models {

Functions::Call::Call(Functions& functions, FunctionId function, Context context, std::int64_t attempt)
    : functions_(functions), function_(functions.deployed_[function]), granted_(functions.simulation_) {
  row_.context = context;
  row_.function = function;
  row_.requested = functions.simulation_.now();
  row_.package = models::name(function_.spec.cold_start.package);
  row_.attempt = static_cast<std::int32_t>(attempt);
  row_.memory = function_.spec.memory;
  row_.tmp = function_.spec.tmp;
  row_.processor = models::name(function_.spec.processor);
}

Functions::Call::~Call() {
  if (state_ != State::over) end(InvocationStatus::killed, Afterwards::drop_instance);
}

void Functions::Call::granted(Placement placement) {
  placement_ = placement;
  granted_.set();
}

sim::Task<> Functions::Call::start(std::optional<sim::Time> give_up_at) {
  sim::Simulation& simulation = functions_.simulation_;
  const Duration overhead = functions_.config_.overhead->sample(functions_.overheads_.of(row_.context.actor));
  if (overhead > Duration::zero()) {
    const SpanScope span(functions_.journal_, simulation, row_.context.in(Phase::invoke));
    co_await simulation.delay(overhead);
  }
  if (give_up_at || functions_.config_.throttle == Throttle::wait) {
    placement_ = functions_.platform_.request(row_.function, *this);
    if (!placement_) co_await wait_for_turn(give_up_at);
  } else {
    placement_ = functions_.platform_.request(row_.function);
  }
  if (!placement_) refuse();
  state_ = State::placed;
  row_.instance = functions_.platform_.number(placement_->instance);
  row_.cold = placement_->cold;
  auto& environments = functions_.environments_;
  if (placement_->instance >= environments.size()) environments.resize(placement_->instance + 1);
  Environment& environment = environments[placement_->instance];
  if (placement_->cold) {
    co_await cold_start();
  } else if (std::exchange(environment.reset, false)) {
    environment.kept = {};
    repeated_init_ = sample_init();
  }
}

sim::Task<> Functions::Call::wait_for_turn(std::optional<sim::Time> give_up_at) {
  sim::Simulation& simulation = functions_.simulation_;
  const SpanScope span(functions_.journal_, simulation, row_.context.in(Phase::queued));
  if (!give_up_at) {
    co_await granted_;
  } else {
    co_await sim::with_timeout(simulation, turn(), std::max(*give_up_at - simulation.now(), Duration::zero()));
  }
}

void Functions::Call::refuse() {
  const PlatformConfig& limits = functions_.config_.platform;
  const std::string why =
      functions_.platform_.running() >= limits.concurrency
          ? fmt::format("{} calls are under way in the region, as many as are allowed", limits.concurrency)
          : fmt::format("{} new instances per {} are started, not more", limits.scaling.environments,
                        format(limits.scaling.window));
  end(InvocationStatus::throttled, Afterwards::drop_instance);
  throw InvocationError(InvocationError::Kind::throttled,
                        fmt::format("function {}: throttled: {} (called by {}, round {})", function_.spec.name, why,
                                    functions_.journal_.actors.name(row_.context.actor), row_.context.round));
}

sim::Task<> Functions::Call::cold_start() {
  const ColdStart& settings = function_.spec.cold_start;
  const Duration load =
      placement_->start_wait + settings.placement->sample(function_.placements) + settings.package_load();
  const Duration init = sample_init();
  const SpanScope span(functions_.journal_, functions_.simulation_, row_.context.in(Phase::cold_start));
  functions_.add_host(placement_->instance, row_.function);
  co_await functions_.simulation_.delay(load);
  state_ = State::initialising;
  init_started_ = functions_.simulation_.now();
  co_await functions_.simulation_.delay(std::min(init, functions_.config_.init_limit));
  row_.init = functions_.simulation_.now() - init_started_;
  if (init > functions_.config_.init_limit) repeated_init_ = init;
}

Duration Functions::Call::sample_init() {
  const ColdStart& settings = function_.spec.cold_start;
  return settings.init->sample(function_.inits) + settings.package_init();
}

Instance Functions::Call::begin() {
  state_ = State::running;
  row_.started = functions_.simulation_.now();
  Instance instance;
  instance.function_ = function_.spec.name;
  Environment& environment = functions_.environments_[placement_->instance];
  instance.host_ = environment.host;
  instance.kept_ = &environment.kept;
  instance.attempt_ = row_.attempt;
  instance.vcpus_ = models::vcpus(function_.spec.memory);
  instance.memory_ = function_.spec.memory;
  instance.number_ = row_.instance;
  instance.cold_ = row_.cold;
  return instance;
}

void Functions::Call::end(InvocationStatus status, Afterwards afterwards) {
  row_.ended = functions_.simulation_.now();
  row_.status = status;
  if (state_ == State::initialising) row_.init = row_.ended - init_started_;
  ran_ = state_ == State::running;
  if (!ran_) row_.started = row_.ended;
  row_.placed = placement_.has_value();
  row_.billed = billed();
  state_ = State::over;
  functions_.journal_.invocations.push_back(row_);
  if (!placement_) return functions_.platform_.abandon(*this);
  charge();
  if (afterwards == Afterwards::drop_instance) return functions_.platform_.drop(placement_->instance);
  functions_.environments_[placement_->instance].reset = afterwards == Afterwards::reset_instance;
  functions_.platform_.release(placement_->instance);
}

Duration Functions::Call::billed() const {
  return billed(functions_.journal_.ledger.prices().lambda_init_billed || function_.spec.cold_start.package == Package::image);
}

// Whole milliseconds, rounded up; a run of no length is billed as one.
Duration Functions::Call::billed(bool with_init) const {
  Duration length = with_init ? row_.init : Duration::zero();
  if (ran_) length += std::max(row_.ended - row_.started, Duration(1));
  return std::chrono::ceil<std::chrono::milliseconds>(length);
}

// What INIT of a zip package adds to the whole milliseconds of the run goes to an item of its own, whether the present sheet
// asks money for it or not.
void Functions::Call::charge() {
  const FunctionSpec& spec = function_.spec;
  const double gb = spec.memory.gb(), tmp_gb = spec.tmp.gb() - free_tmp.gb();
  const Duration run = billed(spec.cold_start.package == Package::image);
  const double run_s = to_seconds(run), init_s = to_seconds(billed(true) - run);
  Ledger& ledger = functions_.journal_.ledger;
  ledger.charge(functions_.requests_item_, 1, row_.context);
  ledger.charge(function_.duration_item, run_s * gb, row_.context);
  if (function_.tmp_item) ledger.charge(*function_.tmp_item, run_s * tmp_gb, row_.context);
  if (init_s <= 0) return;
  ledger.charge(function_.init_item, init_s * gb, row_.context);
  if (function_.init_tmp_item) ledger.charge(*function_.init_tmp_item, init_s * tmp_gb, row_.context);
}

}  // namespace windtunnel::models
