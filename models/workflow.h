// Workflows (Step Functions): one execution walks through states, remembers which of them have ended, and has limits on
// what it passes on and on how long it may become. Two kinds, as the provider sells them:
//   standard   each transition is paid, each retry of a state is one more; the history has a limit; an execution that was
//              interrupted goes on with the states that had not ended.
//   express    an execution is paid by the request and by its time and memory, whatever its transitions; it has a limit of
//              time, no history, no distributed map; an execution that was interrupted begins anew.
//
// Promises: an execution leaves exactly one WorkflowRun row for each time that it began, however it ended; what it is
// charged follows from that row and from Journal::requests.
//
// Constants: facts 5; for express the provider's pages on pricing and on quotas of Step Functions, read Nov 2026.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/phase.h"
#include "sim/resource.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

enum class WorkflowKind : int { standard, express };
std::string_view name(WorkflowKind kind);

/// What holds for express executions only.
struct ExpressConfig {
  Duration limit = std::chrono::minutes(5);  ///< longest execution
  Memory base_memory{50};                    ///< of any execution; the data of its widest state come on top
  void describe(Fields& f);
};

struct WorkflowConfig {
  WorkflowKind kind = WorkflowKind::standard;
  /// From one state to the next. Unverified.
  Choice<Distribution> transition =
      lognormal({.median = std::chrono::milliseconds(25), .p99 = std::chrono::milliseconds(100)});
  std::int64_t inline_concurrency = 40;           ///< iterations of an inline map at once
  std::int64_t distributed_concurrency = 10'000;  ///< child executions of a distributed map at once; standard only (facts 5)
  Bytes payload_limit{262'144};                   ///< input or output of a state
  std::int64_t history_limit = 25'000;            ///< events of one execution; standard only
  ExpressConfig express;
  void describe(Fields& f);
};

class WorkflowError : public RunError {
 public:
  enum class Kind { payload_too_large, history_full, timed_out, unsupported };
  WorkflowError(Kind kind, const std::string& message) : RunError(message), kind_(kind) {}
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

enum class MapMode : int {
  inlined,     ///< iterations run inside the execution and fill its history
  distributed  ///< each iteration is a child execution with a history of its own, which is not kept
};

/// A state with a task. The name tells the states of one execution apart, and must outlive the call (a literal does).
struct TaskState {
  std::string_view name{};
  Context context{};  ///< of the charge and of the span `transition`
  Bytes input{};      ///< what is passed on to it
};

/// A map state over `items` items.
struct MapState {
  std::string_view name{};
  Context context{};
  std::int64_t items = 0;
  MapMode mode = MapMode::inlined;
  Bytes input{};  ///< what the state passes to each iteration
};

class Workflow;

/// One run of a workflow. The workflow must outlive it; it must not be moved while one of its states runs.
class Execution {
 public:
  using Body = std::function<sim::Task<>()>;
  using Iteration = std::function<sim::Task<>(std::int64_t index)>;

  Execution(Execution&& other) noexcept;
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  Execution& operator=(Execution&&) = delete;
  /// As finish().
  ~Execution();

  /// Enters the state (one transition, five events of history, a span `transition`) and runs `body`. Does nothing when
  /// the state of that name has ended in this execution before. Throws WorkflowError when `input` is too large, the
  /// history full or the time of an express execution over; what the body throws comes out unchanged.
  ///
  /// Interrupted (killed, or ended by an exception), a standard execution stays as it is: entered again, the state pays
  /// its transition again. An express one ends there, and the next state or map begins a new one.
  sim::Task<> state(TaskState state, Body body);

  /// Enters a map state (one transition) and runs `body(0 … items−1)`, each one a state of its own (one transition
  /// each), as many at once as the mode allows, in order of index. The first iteration to fail ends the others and is
  /// rethrown. Does nothing when the map has ended before; after an interruption only those iterations run that had not
  /// ended (the provider's rule for executions that are redriven).
  sim::Task<> map(MapState state, Iteration body);

  /// For Functions::invoke: each further try of a state's call is one more transition, and three events of history
  /// unless the state is an iteration of a distributed map. The execution must outlive the call.
  std::function<void()> on_retry(Context context, MapMode mode = MapMode::inlined);

  /// Whether an interrupted execution goes on where it was.
  bool resumes() const noexcept;

  /// The execution is over: its row, and what an express one is charged by its time. No effect the second time.
  void finish();

  std::int64_t transitions() const noexcept { return run_.transitions; }  ///< since it began
  std::int64_t events() const noexcept { return run_.events; }            ///< of its history; 0 for express

 private:
  friend class Workflow;
  class Entered;
  Execution(Workflow& workflow, Context context);

  void begin();
  void end();
  void interrupted();
  void enter(std::int64_t events, Bytes input, Context context);
  bool has_ended(std::string_view name) const;
  sim::Task<> in_time(sim::Task<> task);
  sim::Task<> step_and_run(Context context, const Body& body);
  sim::Task<> step_and_map(const MapState& state, const Iteration& body, std::vector<bool>& done);
  sim::Task<> iteration(const MapState& state, sim::Resource& slots, const Iteration& body, std::int64_t index,
                        std::vector<bool>& done);

  Workflow* workflow_;
  WorkflowRun run_;
  bool open_ = false;      // it began and has not ended
  bool finished_ = false;  // and nothing may follow
  Bytes data_{};           // of its widest state
  std::vector<std::string> ended_;                     // names of states
  std::map<std::string, std::vector<bool>> iterations_;  // of maps under way: which have ended
};

class Workflow {
 public:
  /// Throws InputError when the price sheet lacks what the kind is paid by.
  Workflow(sim::Simulation& simulation, Journal& journal, WorkflowConfig config);
  /// Begins an execution; `context` labels its row and what is charged for the execution as a whole.
  Execution start(Context context) { return Execution(*this, context); }

 private:
  friend class Execution;
  sim::Task<> step(Context context);
  bool express() const { return config_.kind == WorkflowKind::express; }

  sim::Simulation& simulation_;
  Journal& journal_;
  WorkflowConfig config_;
  ItemId transitions_item_ = 0;                         // standard
  ItemId express_requests_ = 0, express_duration_ = 0;  // express
  ActorStreams latencies_;
};

}  // namespace windtunnel::models
