// A command that computes. Its three steps keep the key space consistent although the middle one runs beside everything
// else: gather under the lock, compute without it, commit under it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// What a job is told about the way it runs.
struct JobContext {
  bool from_log = false;                         ///< comes from an AOF file or a master: checked when it first ran
  const std::atomic<bool>* cancelled = nullptr;  ///< set when nobody waits for the result any more
  std::chrono::steady_clock::time_point deadline;
};

class Job {
 public:
  virtual ~Job() = default;
  /// Resolves keys to values, which are immutable, and checks all that can be checked. Throws CommandError. May already
  /// store and replicate a result that cannot fail any more, as a promise (promise.h); then `commit` has nothing to do.
  virtual void gather(redis::Context* context) = 0;
  /// The work. Touches nothing but what was gathered. Throws CommandError.
  virtual void compute(const JobContext& context) = 0;
  /// Stores and replicates the results, all or nothing; `false` when a value the job modifies was replaced since
  /// `gather`: the runner gathers and computes again. Throws CommandError with nothing stored.
  virtual bool commit(redis::Context* context) = 0;
  /// The one reply after a commit.
  virtual void reply(redis::Context* context) { redis::api().reply_simple(context, "OK"); }
  /// After commit: whether the reply takes long to put together. Then it is made without the lock; it is no error.
  virtual bool replies_at_length() const { return false; }
  /// After gather: whether the results are stored already, so that nothing that happens to the key space matters.
  virtual bool settled() const { return false; }
  /// The command's arguments are about to be freed; returns when nobody looks at them any more. Called on the main
  /// thread, under the lock, while `compute` may be under way.
  virtual void let_go_of_arguments() {}
  /// After gather: so little work that handing it to a worker would cost more than doing it.
  virtual bool brief() const { return false; }

  std::vector<std::string> reads;                    ///< keys whose values the job takes
  std::vector<std::string> writes;                   ///< keys whose values the job changes
  std::optional<std::chrono::milliseconds> timeout;  ///< of the caller's waiting; then the reply is TIMEDOUT
};

}  // namespace windtunnel::tensordb
