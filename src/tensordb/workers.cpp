#include "tensordb/workers.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace windtunnel::tensordb {
namespace {

/// Address space of a stack; pages are taken only as far as a program really nests.
constexpr std::size_t stack_bytes = std::size_t{512} << 20;

/// Threads that one call sends to other processors; with more of them the kernel finds their places by itself.
constexpr std::size_t most_moved = 8;

pthread_t start(void* (*function)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  // Signals are the server's business: its main thread handles them.
  sigset_t all, before;
  sigfillset(&all);
  // Except those that a thread brings upon itself: the server reports a crash with them.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, function, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start a thread");
  return thread;
}

}  // namespace

Workers::Workers(int threads) : members_(static_cast<std::size_t>(threads)) {
  for (Member& member : members_) {
    member.workers = this;
    member.thread = start(loop, &member);
    pthread_detach(member.thread);
  }
}

void Workers::post(std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(work));
  }
  ready_.notify_one();
}

void Workers::post_beside(std::size_t n, const std::function<void()>& work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.insert(queue_.end(), n, work);
    std::size_t left = std::min(n, most_moved);
    for (Member& member : members_) {
      if (left == 0) break;
      if (!member.idle || member.moved) continue;
      member.moved = processors_.keep_away(member.thread);
      --left;
    }
  }
  for (std::size_t i = 0; i < n; ++i) ready_.notify_one();
}

std::size_t Workers::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

std::vector<double> Workers::processor_seconds() const {
  std::vector<double> all;
  for (const Member& member : members_) {
    clockid_t clock{};
    timespec time{};
    if (pthread_getcpuclockid(member.thread, &clock) == 0) clock_gettime(clock, &time);
    all.push_back(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
  }
  return all;
}

void* Workers::loop(void* member) {
  Member& me = *static_cast<Member*>(member);
  Workers& self = *me.workers;
  while (true) {
    std::function<void()> work;
    bool moved = false;
    {
      std::unique_lock lock(self.mutex_);
      me.idle = true;
      self.ready_.wait(lock, [&] { return !self.queue_.empty(); });
      me.idle = false;
      moved = std::exchange(me.moved, false);
      work = std::move(self.queue_.front());
      self.queue_.pop_front();
    }
    if (moved) self.processors_.return_home();
    work();
  }
}

void Workers::run_apart(const std::function<void()>& work) {
  struct Errand {
    const std::function<void()>* work;
    std::exception_ptr error;
  } errand{&work, nullptr};
  const pthread_t thread = start(
      [](void* p) -> void* {
        auto& mine = *static_cast<Errand*>(p);
        try {
          (*mine.work)();
        } catch (...) {
          mine.error = std::current_exception();
        }
        return nullptr;
      },
      &errand);
  pthread_join(thread, nullptr);
  if (errand.error) std::rethrow_exception(errand.error);
}

}  // namespace windtunnel::tensordb
