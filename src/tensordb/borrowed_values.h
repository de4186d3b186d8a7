// Arguments of a command that a worker reads while the client waits. They are the server's, which frees them when the
// client is released or gone. Promise: after `let_go` returned nobody reads them any more.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "tensordb/command_error.h"
#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

/// From this many elements on, reading or writing them as text takes longer than the main thread should (a millisecond).
constexpr std::int64_t many_elements = 4096;
/// And so many bytes it should not copy into a reply.
constexpr std::size_t many_bytes = std::size_t{1} << 20;

class BorrowedValues {
 public:
  explicit BorrowedValues(std::span<redis::String* const> values) : values_(values) {}

  std::size_t size() const { return values_.size(); }

  /// Calls `take` with some values at a time, in order. Throws CommandError when they are let go meanwhile.
  template <class Take>
  void for_each_slice(Take take) const {
    constexpr std::size_t slice = 4096;  // a fraction of a millisecond
    for (std::size_t at = 0; at < values_.size(); at += slice) {
      const std::scoped_lock lock(mutex_);
      if (gone_) throw CommandError("ERR nobody waits for the result");
      take(values_.subspan(at, std::min(slice, values_.size() - at)));
    }
  }

  void let_go() const {
    gone_ = true;
    const std::scoped_lock until_the_slice_is_done(mutex_);
  }

 private:
  std::span<redis::String* const> values_;
  mutable std::mutex mutex_;
  mutable std::atomic<bool> gone_ = false;
};

}  // namespace windtunnel::tensordb
