#include "tensordb/runner.h"

#include <algorithm>
#include <set>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

using redis::api;

/// An update loses to a plain write this many times before it gives up.
constexpr int attempts = 16;

// Lives as long as the process: worker threads use it until the very end.
Runner* the_runner = nullptr;

}  // namespace

/// A job whose client waits.
struct Runner::Pending {
  std::unique_ptr<Job> job;
  redis::BlockedClient* client = nullptr;
  redis::Context* context = nullptr;  // the client's, usable from any thread
  int database = 0;
  bool gathered = false;
  bool started = false;
  std::atomic<bool> cancelled{false};
};

Runner::Runner(Settings settings) : settings_(settings), workers_(settings.threads) {}

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
  const long long timeout_ms = job->timeout ? job->timeout->count() : 0;
  pending->job = std::move(job);
  pending->database = api().selected_db(context);
  pending->gathered = gathered;
  pending->client = api().block_client(context, nullptr, timeout_ms > 0 ? timed_out : nullptr, nullptr, timeout_ms);
  pending->context = api().thread_safe_context(pending->client);
  if (timeout_ms > 0) timed_.emplace(pending->client, pending);
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
    std::string error = pending->cancelled ? "ERR cancelled" : error_of([&] { job.compute(there); });
    api().lock(pending->context);
    bool stored = false;
    if (error.empty() && !pending->cancelled) error = error_of([&] { stored = job.commit(pending->context); });
    if (error.empty() && !stored && !pending->cancelled) {
      if (attempt < attempts) {
        error = error_of([&] { job.gather(pending->context); });
        if (error.empty()) {
          api().unlock(pending->context);
          continue;
        }
      } else {
        error = "TRYAGAIN the key is being replaced faster than it can be updated";
      }
    }
    for (const std::string& key : job.writes) {
      const auto place = changing_.find({pending->database, key});
      if (--place->second == 0) changing_.erase(place);
    }
    settle(pending->context, pending, error);
    start_waiting();
    api().unlock(pending->context);
    api().free_thread_safe_context(pending->context);
    return;  // what the job replaced is released with it, off the main thread
  }
}

// Under the lock: the one reply of a blocked command.
void Runner::settle(redis::Context* context, const PendingPtr& pending, const std::string& error) {
  timed_.erase(pending->client);
  if (!pending->cancelled) {
    if (error.empty()) {
      pending->job->reply(context);
    } else {
      api().reply_error(context, error.c_str());
    }
  }
  api().unblock_client(pending->client, nullptr);
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
    const bool blocked = !pending->cancelled && (std::any_of(job.reads.begin(), job.reads.end(), busy) ||
                                                 std::any_of(job.writes.begin(), job.writes.end(), busy));
    if (blocked) {
      for (const std::string& key : job.writes) promised.emplace(pending->database, key);
      ++it;
      continue;
    }
    it = waiting_.erase(it);
    const std::string error =
        pending->cancelled ? "ERR cancelled" : error_of([&] { pending->job->gather(pending->context); });
    if (error.empty()) {
      start(pending);
    } else {
      settle(pending->context, pending, error);
      api().free_thread_safe_context(pending->context);
    }
  }
}

// Called by the server, on its main thread.
int Runner::timed_out(redis::Context* context, redis::String**, int) {
  Runner& self = runner();
  const auto found = self.timed_.find(api().blocked_handle(context));
  if (found != self.timed_.end()) {
    const PendingPtr pending = found->second;
    self.timed_.erase(found);
    pending->cancelled = true;
    if (!pending->started) {
      self.waiting_.remove(pending);
      api().unblock_client(pending->client, nullptr);
      api().free_thread_safe_context(pending->context);
    }
  }
  return api().reply_simple(context, "TIMEDOUT");
}

Runner& runner() { return *the_runner; }
void start_runner(Runner::Settings settings) { the_runner = new Runner(settings); }

}  // namespace windtunnel::tensordb
