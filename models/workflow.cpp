#include "models/workflow.h"

#include <fmt/format.h>

#include <vector>

#include "sim/combine.h"

namespace windtunnel::models {
namespace {

// Events that the history of a standard workflow gets [R]. A task: entered, scheduled, started, succeeded, exited.
constexpr std::int64_t task_events = 5;
// A map: entered, started, succeeded, exited; and per inline iteration: started, succeeded, and those of its task.
constexpr std::int64_t map_events = 4;
constexpr std::int64_t iteration_events = 2 + task_events;

}  // namespace

void WorkflowConfig::describe(Fields& f) {
  f("transition", transition, "time from one state to the next", {.source = "[R]"});
  f("inline_concurrency", inline_concurrency, "iterations of an inline map at once", {.min = 1, .source = "facts 5"});
  f("distributed_concurrency", distributed_concurrency, "child executions of a distributed map at once",
    {.min = 1, .source = "facts 5"});
  f("payload_limit", payload_limit, "input or output of a state", {.min = 0, .source = "facts 5"});
  f("history_limit", history_limit, "events that one execution may leave", {.min = 1, .source = "facts 5"});
}

Workflow::Workflow(sim::Simulation& simulation, Journal& journal, WorkflowConfig config)
    : simulation_(simulation),
      journal_(journal),
      config_(std::move(config)),
      item_(journal.ledger.prices().item("stepfunctions.transitions")),
      latencies_(simulation.stream("workflow.transition")) {
  require_sane(config_.transition, "workflow.transition");
}

sim::Task<> Workflow::step(Context context) {
  journal_.ledger.charge(item_, 1, context);
  const SpanScope span(journal_, simulation_, context.in(Phase::transition));
  co_await simulation_.delay(config_.transition->sample(latencies_));
}

void Execution::enter(std::int64_t events, Bytes input) {
  const WorkflowConfig& config = workflow_.config_;
  if (input > config.payload_limit) {
    throw WorkflowError(WorkflowError::Kind::payload_too_large,
                        fmt::format("workflow: a state's input of {} is larger than the {} allowed", format(input),
                                    format(config.payload_limit)));
  }
  if (events_ + events > config.history_limit) {
    throw WorkflowError(WorkflowError::Kind::history_full,
                        fmt::format("workflow: the execution's history would exceed {} events", config.history_limit));
  }
  events_ += events;
  ++transitions_;
}

sim::Task<> Execution::transition(Context context, Bytes input) {
  enter(task_events, input);
  co_await workflow_.step(context);
}

sim::Task<> Execution::map(MapState state, Context context, Iteration body) {
  check(state.items >= 0, "Execution::map: the number of items is not negative");
  enter(map_events, state.input);
  co_await workflow_.step(context);
  const WorkflowConfig& config = workflow_.config_;
  sim::Resource slots(workflow_.simulation_,
                      state.mode == MapMode::inlined ? config.inline_concurrency : config.distributed_concurrency);
  std::vector<sim::Task<>> iterations;
  iterations.reserve(static_cast<std::size_t>(state.items));
  for (std::int64_t i = 0; i < state.items; ++i) iterations.push_back(iteration(state, context, slots, body, i));
  co_await sim::all_of(workflow_.simulation_, std::move(iterations));
}

sim::Task<> Execution::iteration(MapState state, Context context, sim::Resource& slots, const Iteration& body,
                                 std::int64_t index) {
  const auto slot = co_await slots.acquire();
  enter(state.mode == MapMode::inlined ? iteration_events : 0, state.input);
  co_await workflow_.step(context);
  co_await body(index);
}

}  // namespace windtunnel::models
