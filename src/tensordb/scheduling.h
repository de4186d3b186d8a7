// What we ask of the kernel's scheduler. Wishes only: where it does not know them, nothing happens.
#pragma once

#include <pthread.h>
#include <sched.h>

namespace windtunnel::tensordb {

/// Lets this thread, when it wakes up, have a processor on which another has run for a tenth of a millisecond. Without
/// it Linux from 6.6 on lets the other run on for some milliseconds, and so long a PING would wait while all processors
/// compute. (The wish is understood from 6.12 on; before 6.6 threads that wake up come first anyway.)
void wake_up_promptly();

/// The processors that this process may use.
class Processors {
 public:
  Processors();
  /// Keeps `thread` from the processor that the caller is on; false when there is no other.
  bool keep_away(pthread_t thread) const;
  /// Lets the calling thread be anywhere again.
  void return_home() const;

 private:
  cpu_set_t all_;
};

}  // namespace windtunnel::tensordb
