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
/// And so many bytes it should not copy into a reply; fewer take a client longer when they go by way of a worker.
constexpr std::size_t many_bytes = std::size_t{4} << 20;

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
      if (gone_) throw CommandError(nobody_waits);
      take(values_.subspan(at, std::min(slice, values_.size() - at)));
    }
  }

  /// Bytes of all values, read on the main thread while the command runs.
  std::size_t total_bytes() const {
    std::size_t sum = 0;
    for (redis::String* const value : values_) sum += redis::view(value).size();
    return sum;
  }

  /// Copies the bytes of all values to `out`, one behind the other. Throws CommandError when they are let go meanwhile.
  void join_to(std::byte* out) const {
    constexpr std::size_t slice = std::size_t{1} << 20;
    for (redis::String* const value : values_) {
      std::size_t size = 0;
      for (std::size_t at = 0; at == 0 || at < size; at += slice) {
        const std::scoped_lock lock(mutex_);
        if (gone_) throw CommandError(nobody_waits);
        const std::string_view bytes = redis::view(value);
        size = bytes.size();
        out = std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()) + at, std::min(slice, size - at), out);
      }
    }
  }

  void let_go() const {
    gone_ = true;
    const std::scoped_lock until_the_slice_is_done(mutex_);
  }

 private:
  static constexpr const char* nobody_waits = "ERR nobody waits for the result";

  std::span<redis::String* const> values_;
  mutable std::mutex mutex_;
  mutable std::atomic<bool> gone_ = false;
};

}  // namespace windtunnel::tensordb
