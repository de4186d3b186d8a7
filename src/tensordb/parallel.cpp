#include "tensordb/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

#include "base/interruption.h"

namespace windtunnel::tensordb {
namespace {

using Clock = std::chrono::steady_clock;

/// What the threads of one call share. Some may come late, after the call has returned: then there is nothing left
/// to take and `work` is not touched.
struct Shared {
  std::function<void(std::size_t)> work;
  const Watch* watch;  // the caller's: good as long as a part is left
  std::size_t parts;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  std::exception_ptr error;

  void help() {
    for (std::size_t i = next++; i < parts; i = next++) {
      try {
        const Watched as_the_caller(watch);
        work(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!error) error = std::current_exception();
      }
      if (++done == parts) {
        const std::scoped_lock lock(mutex);
        finished.notify_all();
      }
    }
  }
};

}  // namespace

void in_parallel(Workers& workers, std::size_t parts, const std::function<void(std::size_t)>& work) {
  if (parts <= 1 || workers.threads() <= 1) {
    for (std::size_t i = 0; i < parts; ++i) work(i);
    return;
  }
  const auto shared = std::make_shared<Shared>();
  shared->work = work;
  shared->watch = current_watch();
  shared->parts = parts;
  const std::size_t helpers = std::min(parts, static_cast<std::size_t>(workers.threads())) - 1;
  workers.post_beside(helpers, [shared] { shared->help(); });
  shared->help();
  // The others are in their last parts, which are short: sleeping and being woken would take longer.
  constexpr auto patience = std::chrono::microseconds(50);
  for (const auto start = Clock::now(); shared->done != parts && Clock::now() - start < patience;) {
  }
  std::unique_lock lock(shared->mutex);
  shared->finished.wait(lock, [&] { return shared->done == parts; });
  if (shared->error) std::rethrow_exception(shared->error);
}

}  // namespace windtunnel::tensordb
