// Where a long computation may be ended from outside: code that loops for long passes `interruption_point()` now and
// then, whoever started it on this thread may have set a watch there, and the watch ends it by throwing. Promise: without a
// watch a point costs a look at a variable of the thread, and never throws.
#pragma once

#include <functional>

namespace windtunnel {

/// Asked at every interruption point of the thread while it is the thread's watch.
using Watch = std::function<void()>;

namespace detail {
inline thread_local const Watch* watch_of_this_thread = nullptr;
}

inline void interruption_point() {
  if (detail::watch_of_this_thread != nullptr) (*detail::watch_of_this_thread)();
}

/// The watch of this thread, to be set on threads that help it; null when there is none.
inline const Watch* current_watch() { return detail::watch_of_this_thread; }

/// Makes `watch` (or none) the thread's watch as long as it lives.
class Watched {
 public:
  explicit Watched(const Watch* watch) : before_(detail::watch_of_this_thread) { detail::watch_of_this_thread = watch; }
  ~Watched() { detail::watch_of_this_thread = before_; }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  const Watch* before_;
};

}  // namespace windtunnel
