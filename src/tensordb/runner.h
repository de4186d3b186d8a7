// Runs jobs: at once on the main thread when they are brief or the caller may not be blocked, else on a worker while
// the client waits. Jobs that would touch a key which an earlier job is still to change wait for it, so that two
// updates of one key never overlap. Exactly one reply per command, whatever happens.
//
// What happens meanwhile: while clients are paused nothing is stored, results wait for the end of the pause. A job that
// writes and whose database is flushed stores nothing and ends in an error; one whose database was swapped starts again
// where its client is now. A client that is gone, or that the server takes out of its wait (CLIENT KILL, REPLICAOF, the
// end of a failover), takes its job along unless its result is stored already.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

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

  /// On the main thread: a database lost its keys (-1: all did); two changed places; all data are about to be read anew
  /// into the databases that were emptied for it.
  void flushed(int database);
  void swapped(int first, int second);
  void reloaded();

  const Settings& settings() const { return settings_; }
  Workers& workers() { return workers_; }
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t parked() const { return parked_.size(); }

 private:
  struct Pending;
  using PendingPtr = std::shared_ptr<Pending>;
  enum class Next { compute_again, reply_at_length, nothing };

  bool must_not_block(redis::Context* context) const;
  void run_here(redis::Context* context, Job& job, JobContext job_context);
  void block(redis::Context* context, std::unique_ptr<Job> job, bool gathered);
  bool conflicts(int database, const Job& job) const;
  void start(const PendingPtr& pending);
  void work(const PendingPtr& pending);
  void work_on(const PendingPtr& pending, Next next, std::string error);
  Next finish(const PendingPtr& pending, std::string& error);
  void leave_keys(const Pending& pending);
  void answer(Pending& pending, const std::string& error);
  void forget(Pending& pending);
  static void release(Pending& pending);
  void start_waiting();
  void look_again_soon();
  static void look_again(redis::Context* context, void* data);
  static void timed_out(redis::Context* context, void* key);
  static void client_left(redis::Context* context, redis::BlockedClient* client);

  using Place = std::pair<int, std::string>;  // database number, key
  Settings settings_;
  redis::Context* own_context_;  // to take the lock with; for as long as the process lives
  Workers workers_;
  // All of these only under the server's lock.
  std::map<Place, int> changing_;                                 // keys that started jobs will write
  std::list<PendingPtr> waiting_;                                 // in order of arrival
  std::map<const void*, PendingPtr> timed_;                       // with a timer; by address
  std::map<const redis::BlockedClient*, PendingPtr> unanswered_;  // by their clients
  std::vector<PendingPtr> parked_;                                // computed while clients are paused
  bool will_look_again_ = false;
};

/// The runner of this server; made when the module is loaded.
Runner& runner();
void start_runner(redis::Context* context, Runner::Settings settings);

}  // namespace windtunnel::tensordb
