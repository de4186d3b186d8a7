#include "models/workflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/combine.h"

namespace windtunnel::models {
namespace {

constexpr std::array<std::string_view, 2> kinds{"standard", "express"};

// Events that the history of a standard workflow gets (unverified). A task: entered, scheduled, started, succeeded, exited.
constexpr std::int64_t task_events = 5;
// A further try of its call: the one before failed, scheduled, started.
constexpr std::int64_t retry_events = 3;
// A map: entered, started, succeeded, exited; and per inline iteration: started, succeeded, and those of its task.
constexpr std::int64_t map_events = 4;
constexpr std::int64_t iteration_events = 2 + task_events;

// Express executions are billed in steps of time and of memory (provider's price list).
constexpr std::chrono::milliseconds time_step{100};
constexpr std::int64_t memory_step_mb = 64;

Memory billed_memory(Memory base, Bytes data) {
  const std::int64_t mb = base.mb + (data.count + (1 << 20) - 1) / (1 << 20);
  return {std::max<std::int64_t>((mb + memory_step_mb - 1) / memory_step_mb, 1) * memory_step_mb};
}

}  // namespace

std::string_view name(WorkflowKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

void ExpressConfig::describe(Fields& f) {
  f("limit", limit, "longest execution",
    {.min = 0, .above_min = true, .source = "provider's quotas of Step Functions, Nov 2026"});
  f("base_memory", base_memory, "memory of any execution; the data of its widest state come on top",
    {.min = 1, .max = 10240, .source = "provider's price list of Step Functions, Nov 2026"});
}

void WorkflowConfig::describe(Fields& f) {
  f("kind", kind, kinds, "paid by the transition and resumable, or paid by time and short");
  f("transition", transition, "time from one state to the next", {.source = "unverified"});
  f("inline_concurrency", inline_concurrency, "iterations of an inline map at once", {.min = 1, .source = "facts 5"});
  f("payload_limit", payload_limit, "input or output of a state", {.min = 0, .source = "facts 5"});
  f("history_limit", history_limit, "events that one execution may leave", {.min = 1, .source = "facts 5"});
  f("express", express, "what holds for express executions only");
}

// Workflow ------------------------------------------------------------------------------------------------------------

Workflow::Workflow(sim::Simulation& simulation, Journal& journal, WorkflowConfig config)
    : simulation_(simulation),
      journal_(journal),
      config_(std::move(config)),
      latencies_(simulation, journal.actors, "workflow.transition") {
  const PriceSheet& prices = journal.ledger.prices();
  if (express()) {
    express_requests_ = prices.item("stepfunctions.express.requests");
    express_duration_ = prices.item("stepfunctions.express.duration");
  } else {
    transitions_item_ = prices.item("stepfunctions.transitions");
  }
  require_sane(config_.transition, "workflow.transition");
}

sim::Task<> Workflow::step(Context context) {
  const SpanScope span(journal_, simulation_, context.in(Phase::transition));
  co_await simulation_.delay(config_.transition->sample(latencies_.of(context.actor)));
}

// Execution -----------------------------------------------------------------------------------------------------------

/// A state or map from its entry to its end. When it is left in any other way, the execution was interrupted.
class Execution::Entered {
 public:
  Entered(Execution& execution, std::string_view name) : execution_(&execution), name_(name) {
    check(!execution.finished_, "Execution: no state follows the end");
    if (!execution.open_) execution.begin();
  }
  ~Entered() {
    if (execution_ != nullptr) execution_->interrupted();
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  void end() {
    execution_->ended_.emplace_back(name_);
    execution_ = nullptr;
  }

 private:
  Execution* execution_;
  std::string_view name_;
};

Execution::Execution(Workflow& workflow, Context context) : workflow_(&workflow) {
  run_.context = context;
  begin();
}

Execution::Execution(Execution&& other) noexcept
    : workflow_(other.workflow_),
      run_(other.run_),
      open_(std::exchange(other.open_, false)),
      finished_(std::exchange(other.finished_, true)),
      data_(other.data_),
      ended_(std::move(other.ended_)),
      iterations_(std::move(other.iterations_)) {}

Execution::~Execution() { finish(); }

bool Execution::resumes() const noexcept { return !workflow_->express(); }

void Execution::begin() {
  open_ = true;
  data_ = {};
  run_.started = workflow_->simulation_.now();
  run_.transitions = 0;
  run_.express = workflow_->express();
  run_.events = run_.express ? 0 : 1;  // ExecutionStarted
  if (!run_.express) return;
  workflow_->journal_.ledger.charge(workflow_->express_requests_, 1, run_.context);
  workflow_->journal_.requested(run_.context, "stepfunctions.express.requests");
}

void Execution::end() {
  open_ = false;
  run_.ended = workflow_->simulation_.now();
  if (run_.express) {
    run_.memory = billed_memory(workflow_->config_.express.base_memory, data_);
    const Duration billed = std::chrono::ceil<std::chrono::duration<std::int64_t, std::deci>>(run_.ended - run_.started);
    workflow_->journal_.ledger.charge(workflow_->express_duration_, to_seconds(billed) * run_.memory.gb(), run_.context);
  }
  workflow_->journal_.workflow_runs.push_back(run_);
}

void Execution::interrupted() {
  if (resumes() || !open_) return;
  end();
  ended_.clear();
  iterations_.clear();
}

void Execution::finish() {
  finished_ = true;
  if (open_) end();
}

bool Execution::has_ended(std::string_view name) const { return std::find(ended_.begin(), ended_.end(), name) != ended_.end(); }

void Execution::enter(std::int64_t events, Bytes input, Context context) {
  const WorkflowConfig& config = workflow_->config_;
  if (input > config.payload_limit) {
    throw WorkflowError(WorkflowError::Kind::payload_too_large,
                        fmt::format("workflow: a state's input of {} B is larger than the {} B allowed", input.count,
                                    config.payload_limit.count));
  }
  if (!run_.express && run_.events + events > config.history_limit) {
    throw WorkflowError(WorkflowError::Kind::history_full,
                        fmt::format("workflow: the execution's history would exceed {} events", config.history_limit));
  }
  ++run_.transitions;
  if (run_.express) return;
  run_.events += events;
  workflow_->journal_.ledger.charge(workflow_->transitions_item_, 1, context);
  workflow_->journal_.requested(context, "stepfunctions.transitions");
}

std::function<void()> Execution::on_retry(Context context, MapMode mode) {
  return [this, context, events = mode == MapMode::inlined ? retry_events : 0] { enter(events, {}, context); };
}

// An express execution ends at its limit, whatever it is doing.
sim::Task<> Execution::in_time(sim::Task<> task) {
  if (!run_.express) {
    co_await std::move(task);
    co_return;
  }
  const Duration limit = workflow_->config_.express.limit;
  const Duration left = limit - (workflow_->simulation_.now() - run_.started);
  bool ended = false;
  if (left > Duration::zero()) ended = co_await sim::with_timeout(workflow_->simulation_, std::move(task), left);
  if (ended) co_return;
  throw WorkflowError(WorkflowError::Kind::timed_out,
                      fmt::format("workflow: the express execution timed out after {} (started by {}, round {})",
                                  format(limit), workflow_->journal_.actors.name(run_.context.actor), run_.context.round));
}

sim::Task<> Execution::state(TaskState state, Body body) {
  if (has_ended(state.name)) co_return;
  Entered entered(*this, state.name);
  enter(task_events, state.input, state.context);
  data_ = std::max(data_, state.input);
  co_await in_time(step_and_run(state.context, body));
  entered.end();
}

sim::Task<> Execution::step_and_run(Context context, const Body& body) {
  co_await workflow_->step(context);
  co_await body();
}

sim::Task<> Execution::map(MapState state, Iteration body) {
  check(state.items >= 0, "Execution::map: the number of items is not negative");
  if (has_ended(state.name)) co_return;
  Entered entered(*this, state.name);
  if (run_.express && state.mode == MapMode::distributed) {
    throw WorkflowError(WorkflowError::Kind::unsupported, "workflow: an express execution has no distributed map");
  }
  enter(map_events, state.input, state.context);
  data_ = std::max(data_, state.input * std::max<std::int64_t>(state.items, 1));
  std::vector<bool>& done = iterations_[std::string(state.name)];
  done.resize(static_cast<std::size_t>(state.items));
  co_await in_time(step_and_map(state, body, done));
  iterations_.erase(std::string(state.name));
  entered.end();
}

sim::Task<> Execution::step_and_map(const MapState& state, const Iteration& body, std::vector<bool>& done) {
  co_await workflow_->step(state.context);
  const WorkflowConfig& config = workflow_->config_;
  sim::Resource slots(workflow_->simulation_,
                      state.mode == MapMode::inlined ? config.inline_concurrency : config.distributed_concurrency);
  std::vector<sim::Task<>> all;
  all.reserve(static_cast<std::size_t>(state.items));
  for (std::int64_t i = 0; i < state.items; ++i) {
    if (!done[static_cast<std::size_t>(i)]) all.push_back(iteration(state, slots, body, i, done));
  }
  co_await sim::all_of(workflow_->simulation_, std::move(all));
}

sim::Task<> Execution::iteration(const MapState& state, sim::Resource& slots, const Iteration& body, std::int64_t index,
                                 std::vector<bool>& done) {
  const auto slot = co_await slots.acquire();
  enter(state.mode == MapMode::inlined ? iteration_events : 0, state.input, state.context);
  co_await workflow_->step(state.context);
  co_await body(index);
  done[static_cast<std::size_t>(index)] = true;
}

}  // namespace windtunnel::models
