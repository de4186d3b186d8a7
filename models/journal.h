// What a run leaves behind: who waited for what and how long (spans), what was called (invocations), what was moved
// (transfers), what was charged (ledger), what broke (faults), what was learnt (rounds, evaluations).
// Rows are appended in the order of simulated time, and their order is part of a run's results fingerprint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/units.h"
#include "models/ledger.h"
#include "models/phase.h"
#include "models/row_index.h"
#include "sim/time.h"

namespace windtunnel::models {

/// The table of actors' names ("peer-2", "server", "gradient[peer-2]"). Ids count from 0 in order of first use.
class Actors {
 public:
  ActorId id(std::string_view name);
  std::string_view name(ActorId id) const;
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, ActorId> ids_;
};

/// One wait or piece of work of one actor. start ≤ end.
struct Span {
  Context context;
  sim::Time start, end;
};

enum class InvocationStatus : std::uint8_t { done, failed, timed_out, killed, throttled };
std::string_view name(InvocationStatus status);

/// One call of a function, as the platform saw it.
struct Invocation {
  Context context;                      ///< who called, in which phase and round
  std::uint32_t function = 0;           ///< index into Journal::functions
  std::uint32_t instance = 0;           ///< number of the instance, from 0 in order of creation, per platform
  sim::Time requested, started, ended;  ///< call made; body begun (or never: = ended); over
  bool cold = false;                    ///< it had to wait for a new instance
  Duration init{};                      ///< INIT phase of that instance; 0 when warm
  Duration billed{};
  InvocationStatus status = InvocationStatus::done;
  bool placed = true;                   ///< it got an instance, and so is charged
  Memory memory;                        ///< of the instance
  Memory tmp;                           ///< its /tmp
  std::string_view processor;           ///< "x86", "arm64"; a string literal
  std::string_view package;             ///< "zip", "image": INIT of an image is always billed; a string literal
  std::int32_t attempt = 0;             ///< of the call: 0 its first try, 1 its first retry, …
};

/// Requests of one kind and size that an actor made in a phase and round: what is charged by the request, before any price.
struct Requests {
  Context context;
  std::string_view operation;  ///< the item of the price sheet, or what decides it ("s3.get"); a string literal
  Bytes size;                  ///< of each one's message; 0 where the charge does not depend on it
  std::int64_t count = 0;
};

/// A machine or database node, from its order to its return.
struct Rental {
  ActorId actor = 0;
  ItemId item = 0;
  sim::Time rented, released;  ///< released: until then, of one that is still rented
  Duration billed{};           ///< what is paid for: with started seconds or hours and the minimum
  double surplus_vcpu_s = 0;   ///< vCPU-seconds above its CPU credits that are paid for; 0 for types without credits
};

/// One execution of a workflow.
struct WorkflowRun {
  Context context;
  bool express = false;  ///< paid by the request and by GB-s; else by the transition
  sim::Time started, ended;
  std::int64_t transitions = 0, events = 0;
  Memory memory;  ///< of an express execution
};

/// A change of what the object store keeps.
struct StoredChange {
  sim::Time at;
  std::int64_t bytes = 0;  ///< kept from then on
};

/// Data moved by an actor in a phase and round: all its transfers of that kind in one row.
struct Transfer {
  Context context;
  std::string_view service;  ///< "s3", "database", "network", …; a string literal
  std::int64_t count = 0;
  Bytes bytes;
};

struct FaultEvent {
  ActorId actor = 0;
  std::string kind;  ///< "crash", "recovered", "restored", …
  std::int32_t round = -1;
  sim::Time at;
  std::string detail;
};

/// One finished round (update of the model) of the job as a whole.
struct Round {
  std::int32_t round = 0;
  sim::Time start, end;
  std::int32_t participants = 0;
};

/// Quality of the model of `actor` after `round`. accuracy in [0, 1], NaN where the problem has none.
struct Evaluation {
  std::int32_t round = 0;
  sim::Time at;
  ActorId actor = 0;
  double loss = 0, accuracy = 0;
};

class Journal {
 public:
  explicit Journal(PriceSheet prices) : ledger(std::move(prices)) {}

  Actors actors;
  Ledger ledger;
  std::vector<std::string> functions;  ///< names of the deployed functions
  std::vector<Span> spans;
  std::vector<Invocation> invocations;
  std::vector<FaultEvent> faults;
  std::vector<Round> rounds;
  std::vector<Evaluation> evaluations;
  std::vector<Rental> rentals;
  std::vector<WorkflowRun> workflow_runs;
  std::vector<StoredChange> stored;

  /// Everything is there, and training begins: what was waited and paid for until now is start-up. The first call counts.
  void begin_training(sim::Time now);
  /// None: the run ended before.
  std::optional<sim::Time> training_started() const { return training_started_; }
  /// Part of the bill that is start-up's: of what is rented, by the part of its time that lies before the training; of
  /// everything else, what was charged by then. All of the bill when training never began.
  Usd startup_cost() const;
  /// The quantities behind it, by item of the price sheet: what the start-up costs under any sheet.
  std::vector<double> startup_quantities() const;

  /// Adds `count` to the row of (context, operation, size).
  void requested(const Context& context, std::string_view operation, Bytes size = {}, std::int64_t count = 1);
  const std::vector<Requests>& requests() const { return requests_; }

  void span(const Context& context, sim::Time start, sim::Time end);
  /// Adds to the row of (context, service).
  void moved(const Context& context, std::string_view service, Bytes bytes);
  const std::vector<Transfer>& transfers() const { return transfers_; }
  Bytes bytes_moved() const { return moved_; }

 private:
  std::vector<Transfer> transfers_;
  RowIndex transfer_index_;
  std::vector<Requests> requests_;
  RowIndex request_index_;
  std::optional<sim::Time> training_started_;
  std::vector<double> charged_before_training_;  // by item
  Bytes moved_;
};

/// Records the time from its construction to its end as a span, also when the process is killed meanwhile.
class SpanScope {
 public:
  template <class Simulation>
  SpanScope(Journal& journal, const Simulation& simulation, Context context)
      : journal_(journal),
        context_(context),
        start_(simulation.now()),
        now_([](const void* s) { return static_cast<const Simulation*>(s)->now(); }),
        simulation_(&simulation) {}
  ~SpanScope() { journal_.span(context_, start_, now_(simulation_)); }
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

 private:
  Journal& journal_;
  Context context_;
  sim::Time start_;
  sim::Time (*now_)(const void*);
  const void* simulation_;
};

}  // namespace windtunnel::models
