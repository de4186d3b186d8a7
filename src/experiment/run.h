// One run: builds the world of a point of a scenario, lets it go to its end, and hands over what it left behind.
#pragma once

#include <memory>

#include "architectures/training.h"
#include "base/thread_pool.h"
#include "experiment/interrupt.h"
#include "experiment/identity.h"
#include "experiment/progress.h"
#include "experiment/results.h"
#include "learning/data_shelf.h"
#include "learning/problem.h"
#include "scenario/document.h"

namespace windtunnel::experiment {

/// Problems by what decides them, so that runs at the same time share what they train on; each is let go with the last
/// run that holds it, and the data set stays for the next. Thread-safe.
class Problems {
 public:
  /// The problem of the point, made by whoever asks first; null when nothing is really learnt. Errors as of
  /// Learning::problem.
  std::shared_ptr<const learning::Problem> of(const scenario::Point& point);

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const learning::Problem> problem;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
  learning::DataShelf shelf_;
};

/// What runs share.
struct Workshop {
  ThreadPool& pool;  ///< for gradients, evaluations and aggregation
  Problems& problems;
  ProgressBoard& board;
  const StopFlag& stop;
  const DataFiles* data = nullptr;  ///< those that the runs' identities are of
  Detail detail = Detail::full;  ///< summary: a run's journal keeps sums, and its memory does not grow with the rounds
};

/// A run's name on the board and in messages: `spirt`, `spirt · cloud.function.memory=512 MB · #3`.
std::string title(const scenario::Document& document, const scenario::Point& point);

/// How a run ended, and its journal.
struct Outcome {
  Status status = Status::done;
  std::string reason;
  bool machine_too_small = false;  ///< failed because this machine has not got the memory
  sim::Time ended{};
  sim::Fingerprint trajectory{};
  std::unique_ptr<models::Journal> journal;
};

/// Runs the point. Whatever goes wrong in the run is an Outcome: what the modelled platform forbids, and rounds that were not
/// done, are infeasible; a store that fails, a limit that is passed (scenario/run_limits.h) and any other exception are
/// failed. Thrown are Interrupted and what is wrong before a run can begin: InputError, MissingError.
Outcome run_point(const scenario::Document& document, const scenario::Point& point, std::int64_t run_id,
                  Workshop& workshop);

/// The record of a run for the results file. It points into `outcome`.
RunRecord record_of(const scenario::Point& point, const RunIdentity& identity, const Outcome& outcome);

}  // namespace windtunnel::experiment
