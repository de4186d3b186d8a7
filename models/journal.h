// What a run leaves behind: who waited for what and how long (spans), what was called (invocations), what was moved
// (transfers), what was charged (ledger), what broke (faults), what was learnt (rounds, evaluations).
// Rows are appended in the order of simulated time, and their order is part of a run's results fingerprint.
// Promise: what the rows come to is the same to the bit whether they are kept or only their sums; without them a journal holds
// the rows of the last rounds, the faults, and one row for each round, evaluation, rental and change of what is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/units.h"
#include "models/keyed_rows.h"
#include "models/ledger.h"
#include "models/phase.h"
#include "models/row_sums.h"
#include "models/rows.h"
#include "models/span_sums.h"
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

class SpanScope;

class Journal {
 public:
  explicit Journal(PriceSheet prices) : ledger(std::move(prices)) {}
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Rounds after which a row may be closed: what its actor does in that phase of that round later is a row of its own.
  static constexpr int era = 16;
  /// Rows that are closed are not kept, only what they come to.
  void keep_sums_only() { keep_ = false; }
  /// Appends to `rounds`, and every `era` rounds closes the rows that were there an era ago.
  void finished(const Round& round);

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
  const std::vector<Requests>& requests() const { return requests_.rows(); }

  void span(const Context& context, sim::Time start, sim::Time end);
  /// Adds to the row of (context, service).
  void moved(const Context& context, std::string_view service, Bytes bytes);
  const std::vector<Transfer>& transfers() const { return transfers_.rows(); }
  Bytes bytes_moved() const { return moved_; }

  // What the rows come to, those that are not kept among them.
  SpanSums span_sums() const;
  InvocationSums invocation_sums() const;
  WorkflowSums workflow_sums() const;
  RequestSums request_sums() const;
  TransferSums transfer_sums() const;

 private:
  friend class SpanScope;

  void close_rows(sim::Time now);
  void sum_up_spans(sim::Time now);

  bool keep_ = true;
  int rounds_since_closing_ = 0;
  KeyedRows<Transfer> transfers_;
  KeyedRows<Requests> requests_;
  SpanSums closed_spans_;
  InvocationSums closed_invocations_;
  WorkflowSums closed_workflows_;
  RequestSums closed_requests_;
  TransferSums closed_transfers_;
  SpanScope* newest_open_ = nullptr;
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
        simulation_(&simulation),
        older_(journal.newest_open_) {
    if (older_ != nullptr) older_->newer_ = this;
    journal_.newest_open_ = this;
  }
  ~SpanScope() {
    if (older_ != nullptr) older_->newer_ = newer_;
    (newer_ != nullptr ? newer_->older_ : journal_.newest_open_) = older_;
    journal_.span(context_, start_, now_(simulation_));
  }
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

 private:
  friend class Journal;

  Journal& journal_;
  Context context_;
  sim::Time start_;
  sim::Time (*now_)(const void*);
  const void* simulation_;
  SpanScope* older_;            // those under way form a list in the order in which they began
  SpanScope* newer_ = nullptr;
};

}  // namespace windtunnel::models
