#include "tensordb/scheduling.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace windtunnel::tensordb {
namespace {

/// The kernel's struct sched_attr in its first version (man 2 sched_setattr); its header does not go with the C
/// library's.
struct SchedulingAttributes {
  std::uint32_t size, policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns, deadline_ns, period_ns;
};

}  // namespace

void wake_up_promptly() {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  attributes.runtime_ns = 100'000;  // the turn this thread asks for: who asks for short ones gets them soon
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

Processors::Processors() {
  if (sched_getaffinity(0, sizeof all_, &all_) != 0) CPU_ZERO(&all_);
}

bool Processors::keep_away(pthread_t thread) const {
  const int here = sched_getcpu();
  if (here < 0 || !CPU_ISSET(here, &all_) || CPU_COUNT(&all_) < 2) return false;
  cpu_set_t others = all_;
  CPU_CLR(here, &others);
  return pthread_setaffinity_np(thread, sizeof others, &others) == 0;
}

void Processors::return_home() const { pthread_setaffinity_np(pthread_self(), sizeof all_, &all_); }

}  // namespace windtunnel::tensordb
