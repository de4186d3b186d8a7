// Runs jobs: at once on the main thread when they are brief or the caller may not be blocked, else on a worker while
// the client waits. Jobs that would touch a key which an earlier job is still to change wait for it, so that two
// updates of one key never overlap. Exactly one reply per command, whatever happens.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "tensordb/job.h"
#include "tensordb/workers.h"

namespace windtunnel::tensordb {

class Runner {
 public:
  struct Settings {
    int threads = 1;
    std::chrono::milliseconds time_limit{60'000};  ///< of one computation, its waiting not included
  };
  Runner(redis::Context* context, Settings settings);

  /// On the main thread, from a command. Replies, now or later, with what the job replies or an error; throws nothing.
  void run(redis::Context* context, std::unique_ptr<Job> job);

  const Settings& settings() const { return settings_; }
  Workers& workers() { return workers_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Pending;
  using PendingPtr = std::shared_ptr<Pending>;

  bool must_not_block(redis::Context* context) const;
  void run_here(redis::Context* context, Job& job, JobContext job_context);
  void block(redis::Context* context, std::unique_ptr<Job> job, bool gathered);
  bool conflicts(int database, const Job& job) const;
  void start(const PendingPtr& pending);
  void work(const PendingPtr& pending);
  void answer(Pending& pending, const std::string& error);
  static void release(Pending& pending);
  void start_waiting();
  static void timed_out(redis::Context* context, void* key);

  using Place = std::pair<int, std::string>;  // database number, key
  Settings settings_;
  redis::Context* own_context_;  // to take the lock with; for as long as the process lives
  Workers workers_;
  // All of these only under the server's lock.
  std::map<Place, int> changing_;            // keys that started jobs will write
  std::list<PendingPtr> waiting_;            // in order of arrival
  std::map<const void*, PendingPtr> timed_;  // with a timer; by address
};

/// The runner of this server; made when the module is loaded.
Runner& runner();
void start_runner(redis::Context* context, Runner::Settings settings);

}  // namespace windtunnel::tensordb
