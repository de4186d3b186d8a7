// A block of bytes that holds tensor elements: aligned to a cache line, allocated by Redis (so used_memory, maxmemory
// and MEMORY USAGE see it), shared by counting. A buffer is written by whoever made it, or by an operation that has seen
// that nobody else can reach it (promise.h): values are immutable, which is what makes aliasing safe.
#pragma once

#include <cstddef>
#include <span>

#include "tensordb/ref.h"

namespace windtunnel::tensordb {

class Buffer final : public Counted<Buffer> {
 public:
  static constexpr std::size_t alignment = 64;

  /// `size` bytes of undefined content. Throws std::bad_alloc when memory is short; the server lives on.
  static Ref<Buffer> allocate(std::size_t size);
  /// `size` zero bytes; for large sizes the pages are not touched.
  static Ref<Buffer> zeros(std::size_t size);
  static Ref<Buffer> copy_of(std::span<const std::byte> bytes);
  /// The buffer of elements that begin at `data`, for whoever kept nothing but that address. Precondition: a buffer's
  /// `data()` whose buffer lives.
  static Buffer* behind(void* data);

  ~Buffer();

  std::size_t size() const { return size_; }
  /// Bytes taken from the allocator.
  std::size_t footprint() const;
  const std::byte* data() const { return data_; }
  std::byte* mutable_data() { return data_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  friend class Counted<Buffer>;
  Buffer(void* block, std::size_t size);

  void* block_;
  std::byte* data_;
  std::size_t size_;
};

}  // namespace windtunnel::tensordb
