#include "tensordb/runner.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

using redis::api;

/// An update loses to a plain write this many times before it gives up.
constexpr int attempts = 16;

/// What the server's clock can hold; nobody waits longer.
constexpr std::chrono::milliseconds longest_timeout = std::chrono::days(365);

// Lives as long as the process: worker threads use it until the very end.
Runner* the_runner = nullptr;

}  // namespace

/// A job whose client waits. All but the atomic and the clock only under the server's lock.
struct Runner::Pending {
  /// What became of the keys since the job was gathered.
  enum class Keys { as_they_were, elsewhere, gone };

  std::unique_ptr<Job> job;
  redis::BlockedClient* client = nullptr;
  redis::Context* context = nullptr;  // the client's, usable from any thread until it is answered
  redis::TimerId timer = 0;           // of a job in timed_
  int database = 0;
  int attempt = 1;
  bool started = false;
  bool replying = false;  // a worker puts the reply together, and releases the client then
  Keys keys = Keys::as_they_were;
  std::atomic<bool> cancelled{false};  // answered with TIMEDOUT, or nobody is left to answer

  // The server's stopwatch of the command, which is the client's: not to be touched when that is released.
  std::mutex clock;
  bool runs = false, released = false;

  void start_clock() {
    const std::scoped_lock lock(clock);
    if (!released) api().measure_start(client), runs = true;
  }
  void stop_clock() {
    const std::scoped_lock lock(clock);
    if (std::exchange(runs, false)) api().measure_end(client);
  }
};

Runner::Runner(redis::Context* context, Settings settings)
    : settings_(settings), own_context_(api().detached_context(context)), workers_(settings.threads) {}

bool Runner::must_not_block(redis::Context* context) const {
  using namespace redis::flag;
  return (api().context_flags(context) & (lua | multi | deny_blocking | loading | replicated)) != 0;
}

void Runner::run(redis::Context* context, std::unique_ptr<Job> job) {
  JobContext here;
  here.deadline = std::chrono::steady_clock::now() + settings_.time_limit;
  here.from_log = (api().context_flags(context) & (redis::flag::loading | redis::flag::replicated)) != 0;
  const bool must_run_here = must_not_block(context);
  const bool in_the_way = conflicts(api().selected_db(context), *job);
  const std::string error = error_of([&] {
    if (must_run_here) return run_here(context, *job, here);
    if (in_the_way) return block(context, std::move(job), false);
    job->gather(context);
    if (!job->brief()) return block(context, std::move(job), true);
    job->compute(here);
    job->commit(context);  // nobody else had the lock since gather
    job->reply(context);
  });
  if (!error.empty()) api().reply_error(context, error.c_str());
}

void Runner::run_here(redis::Context* context, Job& job, JobContext here) {
  job.gather(context);
  if (job.brief()) {
    job.compute(here);
  } else {
    Workers::run_apart([&] { job.compute(here); });
  }
  job.commit(context);
  job.reply(context);
}

void Runner::block(redis::Context* context, std::unique_ptr<Job> job, bool gathered) {
  auto pending = std::make_shared<Pending>();
  pending->job = std::move(job);
  pending->database = api().selected_db(context);
  pending->client = api().block_client(context, nullptr, nullptr, nullptr, 0);
  pending->context = api().thread_safe_context(pending->client);
  api().set_disconnect_callback(pending->client, client_left);
  unanswered_.emplace(pending->client, pending);
  if (pending->job->timeout) {
    // Not the server's own time-out of blocked clients: one that passes between our answer and the main thread's next
    // turn makes the server drop the answer, and the client waits for ever (Redis 7.0).
    const auto timeout = std::min(*pending->job->timeout, longest_timeout);
    pending->timer = api().create_timer(context, timeout.count(), timed_out, pending.get());
    timed_.emplace(pending.get(), pending);
  }
  if (gathered) {
    start(pending);
  } else {
    waiting_.push_back(pending);
  }
}

bool Runner::conflicts(int database, const Job& job) const {
  auto touches = [&](const std::string& key) {
    if (changing_.contains({database, key})) return true;
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const PendingPtr& earlier) {
      return earlier->database == database &&
             std::count(earlier->job->writes.begin(), earlier->job->writes.end(), key) > 0;
    });
  };
  return std::any_of(job.reads.begin(), job.reads.end(), touches) ||
         std::any_of(job.writes.begin(), job.writes.end(), touches);
}

// Under the lock; the job's values are gathered.
void Runner::start(const PendingPtr& pending) {
  pending->started = true;
  for (const std::string& key : pending->job->writes) ++changing_[{pending->database, key}];
  workers_.post([this, pending] { work(pending); });
}

void Runner::work(const PendingPtr& pending) { work_on(pending, Next::compute_again, {}); }

// On a worker, without the lock.
void Runner::work_on(const PendingPtr& pending, Next next, std::string error) {
  Job& job = *pending->job;
  while (next == Next::compute_again) {
    JobContext there;
    there.cancelled = &pending->cancelled;
    there.deadline = std::chrono::steady_clock::now() + settings_.time_limit;
    error.clear();
    if (!pending->cancelled) {
      pending->start_clock();
      error = error_of([&] { job.compute(there); });
      pending->stop_clock();
    }
    api().lock(own_context_);
    next = finish(pending, error);
    api().unlock(own_context_);
  }
  if (next == Next::reply_at_length) {
    pending->start_clock();
    job.reply(pending->context);
    pending->stop_clock();
    api().lock(own_context_);
    forget(*pending);
    release(*pending);
    api().unlock(own_context_);
  }
  // What the job replaced is released with it, off the main thread.
}

// Under the lock, when a job has computed: stores and answers, or says what is still to be done.
Runner::Next Runner::finish(const PendingPtr& pending, std::string& error) {
  Job& job = *pending->job;
  Next next = Next::nothing;
  if (!pending->cancelled) {
    const bool will_store = error.empty() && !job.writes.empty() && !job.settled();
    if (will_store && pending->keys == Pending::Keys::gone) {
      error = "ERR the database was flushed while the command ran; nothing is stored";
    } else if (will_store && api().avoid_replica_traffic() != 0) {
      parked_.push_back(pending);
      look_again_soon();
      return Next::nothing;
    }
    bool stored = !will_store;
    if (error.empty() && pending->keys == Pending::Keys::as_they_were) {
      error = error_of([&] { stored = job.commit(pending->context); });
    }
    if (error.empty() && !stored) {
      pending->keys = Pending::Keys::as_they_were;
      if (pending->attempt++ < attempts) {
        error = error_of([&] { job.gather(pending->context); });
        if (error.empty()) return Next::compute_again;
      } else {
        error = "TRYAGAIN the key is being replaced faster than it can be updated";
      }
    }
    if (error.empty() && job.replies_at_length()) {
      if (timed_.erase(pending.get()) != 0) api().stop_timer(pending->context, pending->timer, nullptr);
      pending->replying = true;
      next = Next::reply_at_length;
    } else {
      answer(*pending, error);
    }
  }
  leave_keys(*pending);
  start_waiting();
  return next;
}

// Under the lock: the keys of a started job are free for others.
void Runner::leave_keys(const Pending& pending) {
  for (const std::string& key : pending.job->writes) {
    const auto place = changing_.find({pending.database, key});
    if (--place->second == 0) changing_.erase(place);
  }
}

// Under the lock: the one reply of a blocked command. Its client and context are the server's again.
void Runner::answer(Pending& pending, const std::string& error) {
  if (error.empty()) {
    pending.job->reply(pending.context);
  } else {
    api().reply_error(pending.context, error.c_str());
  }
  forget(pending);
  release(pending);
}

// Under the lock: neither time nor its client matters to it any more.
void Runner::forget(Pending& pending) {
  if (timed_.erase(&pending) != 0) api().stop_timer(pending.context, pending.timer, nullptr);
  unanswered_.erase(pending.client);
}

void Runner::release(Pending& pending) {
  pending.job->let_go_of_arguments();
  pending.stop_clock();
  {
    const std::scoped_lock lock(pending.clock);
    pending.released = true;
  }
  api().free_thread_safe_context(pending.context);
  api().unblock_client(pending.client, nullptr);
}

// Under the lock: starts every waiting job that no earlier one stands in the way of.
void Runner::start_waiting() {
  if (waiting_.empty()) return;
  // A job may store what it promises as soon as it has gathered.
  if (api().avoid_replica_traffic() != 0) return look_again_soon();
  std::set<Place> promised;  // keys of jobs that go on waiting
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const PendingPtr pending = *it;
    const Job& job = *pending->job;
    auto busy = [&](const std::string& key) {
      return changing_.contains({pending->database, key}) || promised.contains({pending->database, key});
    };
    const bool blocked = std::any_of(job.reads.begin(), job.reads.end(), busy) ||
                         std::any_of(job.writes.begin(), job.writes.end(), busy);
    if (blocked) {
      for (const std::string& key : job.writes) promised.emplace(pending->database, key);
      ++it;
      continue;
    }
    it = waiting_.erase(it);
    pending->keys = Pending::Keys::as_they_were;
    const std::string error = error_of([&] { pending->job->gather(pending->context); });
    if (error.empty()) {
      start(pending);
    } else {
      answer(*pending, error);
    }
  }
}

// Under the lock: has a look at what could not go on, in a moment, from the main thread.
void Runner::look_again_soon() {
  constexpr long long moment_ms = 5;
  if (std::exchange(will_look_again_, true)) return;
  api().create_timer(own_context_, moment_ms, look_again, nullptr);
}

// Called by the server, on its main thread.
void Runner::look_again(redis::Context*, void*) {
  Runner& self = runner();
  self.will_look_again_ = false;
  if (api().avoid_replica_traffic() != 0) return self.look_again_soon();
  for (const PendingPtr& pending : std::exchange(self.parked_, {})) {
    self.workers_.post([&self, pending] {
      std::string error;
      api().lock(self.own_context_);
      const Next next = self.finish(pending, error);
      api().unlock(self.own_context_);
      self.work_on(pending, next, std::move(error));
    });
  }
  self.start_waiting();
}

// Called by the server, on its main thread.
void Runner::timed_out(redis::Context*, void* key) {
  Runner& self = runner();
  const auto found = self.timed_.find(key);
  if (found == self.timed_.end()) return;
  const PendingPtr pending = found->second;
  self.timed_.erase(found);
  pending->cancelled = true;
  api().reply_simple(pending->context, "TIMEDOUT");
  self.forget(*pending);
  release(*pending);
  if (pending->started) return;  // its worker will find out
  self.waiting_.remove(pending);
  self.start_waiting();
}

// Called by the server, on its main thread.
void Runner::client_left(redis::Context*, redis::BlockedClient* client) {
  Runner& self = runner();
  const auto found = self.unanswered_.find(client);
  if (found == self.unanswered_.end()) return;
  const PendingPtr pending = found->second;
  pending->job->let_go_of_arguments();
  if (pending->replying) return;  // its worker releases it
  pending->cancelled = true;
  self.forget(*pending);
  release(*pending);
  if (pending->started) return;  // its worker will find out
  self.waiting_.remove(pending);
  // Not now: the server is in the middle of something, perhaps of becoming a replica.
  if (!self.waiting_.empty()) self.look_again_soon();
}

void Runner::flushed(int database) {
  for (const auto& [client, pending] : unanswered_) {
    if (database < 0 || pending->database == database) pending->keys = Pending::Keys::gone;
  }
}

void Runner::swapped(int first, int second) {
  for (const auto& [client, pending] : unanswered_) {
    const bool moved = pending->database == first || pending->database == second;
    if (moved && pending->keys == Pending::Keys::as_they_were) pending->keys = Pending::Keys::elsewhere;
  }
}

void Runner::reloaded() {
  for (const auto& [client, pending] : unanswered_) {
    if (pending->keys == Pending::Keys::gone) pending->keys = Pending::Keys::elsewhere;
  }
}

Runner& runner() { return *the_runner; }
void start_runner(redis::Context* context, Runner::Settings settings) { the_runner = new Runner(context, settings); }

}  // namespace windtunnel::tensordb
