#include "models/platform.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"

namespace windtunnel::models {

void PlatformConfig::describe(Fields& f) {
  f("keep_alive", keep_alive, "how long idle instances stay warm", {.source = "facts 6"});
  f("concurrency", concurrency, "calls under way at once in the region; more are refused or wait", {.min = 1, .source = "facts 5"});
  f("scaling", scaling, "how fast one function may grow");
  static constexpr std::array<std::string_view, 2> growths{"measured", "none"};
  f("start_growth", start_growth, growths,
    "how starting many instances at once delays each: as LambdaML (arXiv 2105.07806) measured, or not at all");
}

/// Wakes the platform when a function may create an instance again.
class Platform::Refill final : public sim::Callback {
 public:
  explicit Refill(Platform& platform) : Callback("functions.refill"), platform_(platform) {}
  void fire() override { platform_.dispatch(); }

 private:
  Platform& platform_;
};

Platform::Platform(sim::Simulation& simulation, PlatformConfig config)
    : simulation_(simulation),
      config_(std::move(config)),
      starts_(config_.start_growth),
      refill_(std::make_unique<Refill>(*this)) {
  if (config_.concurrency < 1) throw InputError("functions.platform.concurrency: at least 1 is needed");
  if (config_.scaling.environments < 1)
    throw InputError("functions.platform.scaling.environments: at least 1 is needed");
  if (config_.scaling.window.count() < config_.scaling.environments) {
    throw InputError("functions.platform.scaling.window: at least 1 ns per environment is needed");
  }
}

Platform::~Platform() = default;

FunctionId Platform::add_function(std::uint64_t who) {
  functions_.push_back({.pool = WarmPool(*config_.keep_alive),
                        .scaling = ScalingLimiter(config_.scaling),
                        .first = nullptr,
                        .last = nullptr,
                        .idle_spells = simulation_.stream("functions.keep_alive", who)});
  return static_cast<FunctionId>(functions_.size() - 1);
}

std::optional<Placement> Platform::request(FunctionId function, Waiter& waiter) {
  check(function < functions_.size(), "Platform::request: a known function");
  if (functions_[function].first == nullptr) [[likely]] {
    if (const std::optional<Placement> placement = place(function)) return placement;
  }
  enqueue(function, waiter);
  if (running_ < config_.concurrency) await_refill();
  return std::nullopt;
}

std::optional<Placement> Platform::request(FunctionId function) {
  check(function < functions_.size(), "Platform::request: a known function");
  if (functions_[function].first != nullptr) return std::nullopt;
  return place(function);
}

std::optional<Placement> Platform::place(FunctionId id) {
  if (running_ >= config_.concurrency) return std::nullopt;
  const sim::Time now = simulation_.now();
  Function& function = functions_[id];
  Placement placement;
  if (const auto warm = function.pool.take(now, retirer())) {
    placement = {.instance = *warm, .cold = false, .start_wait = {}};
  } else if (function.scaling.next(now) <= now) {
    function.scaling.take(now);
    placement = {.instance = create(id), .cold = true, .start_wait = starts_.add(now)};
    ++cold_starts_;
  } else {
    return std::nullopt;
  }
  instances_[placement.instance].started = now;
  instances_[placement.instance].state = State::running;
  ++running_;
  ++calls_;
  return placement;
}

InstanceId Platform::create(FunctionId function) {
  if (free_.empty()) {
    free_.push_back(static_cast<InstanceId>(instances_.size()));
    instances_.emplace_back();
  }
  const InstanceId id = free_.back();
  free_.pop_back();
  instances_[id] = {.function = function,
                    .number = static_cast<std::uint32_t>(cold_starts_),
                    .state = State::idle,
                    .created = simulation_.now(),
                    .started = {}};
  ++alive_;
  return id;
}

void Platform::finish(InstanceId id) {
  check(id < instances_.size() && instances_[id].state == State::running, "Platform: a call is over once");
  running_s_ += to_seconds(simulation_.now() - instances_[id].started);
  instances_[id].state = State::idle;
  --running_;
}

void Platform::release(InstanceId id) {
  finish(id);
  Function& function = functions_[instances_[id].function];
  function.pool.give(id, simulation_.now(), function.idle_spells, retirer());
  if (waiting_ > 0) [[unlikely]]
    dispatch();
}

void Platform::drop(InstanceId id) {
  finish(id);
  retire(id, simulation_.now());
  if (waiting_ > 0) dispatch();
}

void Platform::retire(InstanceId id, sim::Time when) {
  Instance& instance = instances_[id];
  alive_s_ += to_seconds(when - instance.created);
  instance.state = State::gone;
  --alive_;
  if (retired_) retired_(id);
  free_.push_back(id);
}

void Platform::enqueue(FunctionId function, Waiter& waiter) {
  check(waiter.ticket_ == 0, "Platform: a waiter waits once");
  Function& queue = functions_[function];
  waiter.ticket_ = ++tickets_;
  waiter.function_ = function;
  waiter.before_ = queue.last;
  waiter.after_ = nullptr;
  (queue.last != nullptr ? queue.last->after_ : queue.first) = &waiter;
  queue.last = &waiter;
  if (queue.first == &waiter) waiting_functions_.push_back(function);
  ++waiting_;
}

void Platform::dequeue(Waiter& waiter) {
  Function& queue = functions_[waiter.function_];
  (waiter.before_ != nullptr ? waiter.before_->after_ : queue.first) = waiter.after_;
  (waiter.after_ != nullptr ? waiter.after_->before_ : queue.last) = waiter.before_;
  if (queue.first == nullptr) std::erase(waiting_functions_, waiter.function_);
  waiter.ticket_ = 0;
  --waiting_;
}

void Platform::abandon(Waiter& waiter) {
  if (waiter.ticket_ == 0) return;
  dequeue(waiter);
  if (waiting_ == 0) simulation_.cancel(*refill_);
}

void Platform::dispatch() {
  const sim::Time now = simulation_.now();
  while (waiting_ > 0 && running_ < config_.concurrency) {
    Waiter* oldest = nullptr;
    for (const FunctionId id : waiting_functions_) {
      Function& function = functions_[id];
      function.pool.settle(now, retirer());
      const bool can_start = function.pool.size() > 0 || function.scaling.next(now) <= now;
      if (can_start && (oldest == nullptr || function.first->ticket_ < oldest->ticket_)) oldest = function.first;
    }
    if (oldest == nullptr) return await_refill();
    const std::optional<Placement> placement = place(oldest->function_);
    check(placement.has_value(), "Platform: a call that can start is placed");
    dequeue(*oldest);
    oldest->granted(*placement);
  }
}

// Precondition: calls wait for the scaling rate of their function and for nothing else.
void Platform::await_refill() {
  sim::Time next = sim::Time::max();
  const sim::Time now = simulation_.now();
  for (const FunctionId id : waiting_functions_) next = std::min(next, functions_[id].scaling.next(now));
  if (!refill_->scheduled() || next < refill_->deadline()) simulation_.schedule_at(*refill_, next);
}

std::int64_t Platform::instances() {
  const sim::Time now = simulation_.now();
  for (Function& function : functions_) function.pool.settle(now, retirer());
  return alive_;
}

Platform::Integrals Platform::integrals() {
  const sim::Time now = simulation_.now();
  for (Function& function : functions_) function.pool.settle(now, retirer());
  Integrals sums{alive_s_, running_s_};
  for (const Instance& instance : instances_) {
    if (instance.state == State::gone) continue;
    sums.alive_s += to_seconds(now - instance.created);
    if (instance.state == State::running) sums.running_s += to_seconds(now - instance.started);
  }
  return sums;
}

}  // namespace windtunnel::models
