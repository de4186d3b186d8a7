// Workflows (Step Functions, standard): one execution walks through states; each transition takes time and money, and
// an execution has limits on what it passes on and on how much history it may leave (facts 5).
#pragma once

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/phase.h"
#include "sim/resource.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

struct WorkflowConfig {
  /// From one state to the next. [R]
  Choice<Distribution> transition =
      lognormal({.median = std::chrono::milliseconds(25), .p99 = std::chrono::milliseconds(100)});
  std::int64_t inline_concurrency = 40;           ///< iterations of an inline map at once
  std::int64_t distributed_concurrency = 10'000;  ///< child executions of a distributed map at once
  Bytes payload_limit{262'144};                   ///< input or output of a state
  std::int64_t history_limit = 25'000;            ///< events of one execution
  void describe(Fields& f);
};

class WorkflowError : public RunError {
 public:
  enum class Kind { payload_too_large, history_full };
  WorkflowError(Kind kind, const std::string& message) : RunError(message), kind_(kind) {}
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

enum class MapMode : int {
  inlined,     ///< iterations run inside the execution and fill its history
  distributed  ///< each iteration is a child execution with a history of its own, which is not kept
};

/// A map state over `items` items.
struct MapState {
  std::int64_t items = 0;
  MapMode mode = MapMode::inlined;
  Bytes input{};  ///< what the state passes to each iteration
};

class Workflow;

/// One run of a workflow. The workflow must outlive it.
class Execution {
 public:
  using Iteration = std::function<sim::Task<>(std::int64_t index)>;

  /// Enters the next state (a task): one transition, five events of history, a span `transition`.
  /// Throws WorkflowError when `input` is too large or the history is full.
  sim::Task<> transition(Context context, Bytes input = {});

  /// Enters a map state (one transition) and runs `body(0 … items−1)`, each one a state of its own (one transition
  /// each), as many at once as the mode allows, in order of index. The first iteration to fail ends the others and is
  /// rethrown.
  sim::Task<> map(MapState state, Context context, Iteration body);

  std::int64_t transitions() const noexcept { return transitions_; }
  std::int64_t events() const noexcept { return events_; }

 private:
  friend class Workflow;
  explicit Execution(Workflow& workflow) : workflow_(workflow) {}
  sim::Task<> iteration(MapState state, Context context, sim::Resource& slots, const Iteration& body,
                        std::int64_t index);
  void enter(std::int64_t events, Bytes input);

  Workflow& workflow_;
  std::int64_t transitions_ = 0;
  std::int64_t events_ = 1;  // ExecutionStarted
};

class Workflow {
 public:
  Workflow(sim::Simulation& simulation, Journal& journal, WorkflowConfig config);
  Execution start() { return Execution(*this); }

 private:
  friend class Execution;
  sim::Task<> step(Context context);

  sim::Simulation& simulation_;
  Journal& journal_;
  WorkflowConfig config_;
  ItemId item_ = 0;
  sim::RandomStream latencies_;
};

}  // namespace windtunnel::models
