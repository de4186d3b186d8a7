#include "tensordb/runner.h"

#include <algorithm>
#include <set>

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

/// A job whose client waits.
struct Runner::Pending {
  std::unique_ptr<Job> job;
  redis::BlockedClient* client = nullptr;
  redis::Context* context = nullptr;  // the client's, usable from any thread until it is answered
  redis::TimerId timer = 0;           // of a job in timed_
  int database = 0;
  bool started = false;
  std::atomic<bool> cancelled{false};  // answered with TIMEDOUT
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

void Runner::work(const PendingPtr& pending) {
  Job& job = *pending->job;
  for (int attempt = 1;; ++attempt) {
    JobContext there;
    there.cancelled = &pending->cancelled;
    there.deadline = std::chrono::steady_clock::now() + settings_.time_limit;
    std::string error;
    if (!pending->cancelled) error = error_of([&] { job.compute(there); });
    api().lock(own_context_);
    if (!pending->cancelled) {
      bool stored = false;
      if (error.empty()) error = error_of([&] { stored = job.commit(pending->context); });
      if (error.empty() && !stored) {
        if (attempt < attempts) {
          error = error_of([&] { job.gather(pending->context); });
          if (error.empty()) {
            api().unlock(own_context_);
            continue;
          }
        } else {
          error = "TRYAGAIN the key is being replaced faster than it can be updated";
        }
      }
      answer(*pending, error);
    }
    for (const std::string& key : job.writes) {
      const auto place = changing_.find({pending->database, key});
      if (--place->second == 0) changing_.erase(place);
    }
    start_waiting();
    api().unlock(own_context_);
    return;  // what the job replaced is released with it, off the main thread
  }
}

// Under the lock: the one reply of a blocked command. Its client and context are the server's again.
void Runner::answer(Pending& pending, const std::string& error) {
  if (timed_.erase(&pending) != 0) api().stop_timer(pending.context, pending.timer, nullptr);
  if (error.empty()) {
    pending.job->reply(pending.context);
  } else {
    api().reply_error(pending.context, error.c_str());
  }
  release(pending);
}

void Runner::release(Pending& pending) {
  api().free_thread_safe_context(pending.context);
  api().unblock_client(pending.client, nullptr);
}

// Under the lock: starts every waiting job that no earlier one stands in the way of.
void Runner::start_waiting() {
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
    const std::string error = error_of([&] { pending->job->gather(pending->context); });
    if (error.empty()) {
      start(pending);
    } else {
      answer(*pending, error);
    }
  }
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
  release(*pending);
  if (pending->started) return;  // its worker will find out
  self.waiting_.remove(pending);
  self.start_waiting();
}

Runner& runner() { return *the_runner; }
void start_runner(redis::Context* context, Runner::Settings settings) { the_runner = new Runner(context, settings); }

}  // namespace windtunnel::tensordb
