#include "tensordb/promise.h"

#include <pthread.h>

#include <mutex>
#include <vector>

#include "base/interruption.h"

namespace windtunnel::tensordb {
namespace {

/// The promises made and not yet seen kept.
struct Open {
  std::mutex mutex;
  std::vector<std::weak_ptr<Promise>> all;
};

Open& open() {
  static Open& the_open = *new Open;  // never destroyed: worker threads run to the end
  return the_open;
}

void keep_all() {
  const std::scoped_lock lock(open().mutex);
  for (const std::weak_ptr<Promise>& each : open().all) {
    if (const std::shared_ptr<Promise> promise = each.lock()) promise->keep();
  }
  open().all.clear();
}

}  // namespace

std::shared_ptr<Promise> Promise::of(std::function<void()> work) {
  static const int registered = pthread_atfork(keep_all, nullptr, nullptr);
  static_cast<void>(registered);  // fails for want of a few bytes only
  auto promise = std::make_shared<Promise>(std::move(work));
  const std::scoped_lock lock(open().mutex);
  std::erase_if(open().all, [](const std::weak_ptr<Promise>& each) {
    const std::shared_ptr<Promise> other = each.lock();
    return !other || other->kept();
  });
  open().all.push_back(promise);
  return promise;
}

void Promise::keep() {
  State seen = State::open;
  if (state_.compare_exchange_strong(seen, State::at_work, std::memory_order_acquire)) {
    [this]() noexcept {
      const Watched by_nobody(nullptr);  // the work cannot be given up half done
      work_();
    }();
    work_ = nullptr;
    state_.store(State::kept, std::memory_order_release);
    state_.notify_all();
    return;
  }
  for (; seen != State::kept; seen = state_.load(std::memory_order_acquire)) state_.wait(seen);
}

}  // namespace windtunnel::tensordb
