#include "tensordb/workers.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <system_error>

namespace windtunnel::tensordb {
namespace {

/// Address space of a stack; pages are taken only as far as a program really nests.
constexpr std::size_t stack_bytes = std::size_t{512} << 20;

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

/// The kernel's struct sched_attr in its first version (man 2 sched_setattr); its header does not go with the C library's.
struct SchedulingAttributes {
  std::uint32_t size, policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns, deadline_ns, period_ns;
};

/// Lets whoever wakes up, the server's main thread above all, have this thread's processor after a tenth of a
/// millisecond. Linux from 6.12 on takes such a wish and otherwise keeps a thread running for some milliseconds, which is
/// what a PING would then wait; older ones do well by themselves.
void make_way_soon() {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  attributes.runtime_ns = 100'000;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

Workers::Workers(int threads) {
  for (; threads_ < threads; ++threads_) pthread_detach(start(loop, this));
}

void Workers::post(std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(work));
  }
  ready_.notify_one();
}

std::size_t Workers::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void* Workers::loop(void* self_pointer) {
  auto& self = *static_cast<Workers*>(self_pointer);
  make_way_soon();
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock lock(self.mutex_);
      self.ready_.wait(lock, [&] { return !self.queue_.empty(); });
      work = std::move(self.queue_.front());
      self.queue_.pop_front();
    }
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
