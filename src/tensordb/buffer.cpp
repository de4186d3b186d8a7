#include "tensordb/buffer.h"

#include <cstdint>
#include <cstring>
#include <limits>

#include "tensordb/block_pool.h"

namespace windtunnel::tensordb {
namespace {

/// Elements begin behind the address of their buffer, at the next multiple of the alignment: the allocator's addresses
/// are multiples of that address's size, so the alignment's worth of bytes has room for both.
std::size_t padded(std::size_t size) {
  if (size > std::numeric_limits<std::size_t>::max() / 2) throw std::bad_alloc();
  return size + Buffer::alignment;
}

}  // namespace

Buffer::Buffer(void* block, std::size_t size) : block_(block), size_(size) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t aligned = (address + sizeof(Buffer*) + alignment - 1) / alignment * alignment;
  data_ = static_cast<std::byte*>(block) + (aligned - address);
  Buffer* const self = this;
  std::memcpy(data_ - sizeof self, &self, sizeof self);
}

Buffer* Buffer::behind(void* data) {
  Buffer* buffer = nullptr;
  std::memcpy(&buffer, static_cast<std::byte*>(data) - sizeof buffer, sizeof buffer);
  return buffer;
}

Buffer::~Buffer() { pool::give_back(block_, padded(size_)); }

std::size_t Buffer::footprint() const { return redis::api().malloc_size(block_) + sizeof(Buffer); }

Ref<Buffer> Buffer::allocate(std::size_t size) {
  void* block = pool::take(padded(size));
  if (block == nullptr) throw std::bad_alloc();
  return Ref<Buffer>::adopt(new Buffer(block, size));
}

Ref<Buffer> Buffer::zeros(std::size_t size) {
  // calloc gets fresh zero pages from the kernel without touching them, but ends the server when it cannot: ask first.
  void* probe = redis::api().try_alloc(padded(size));
  if (probe == nullptr) throw std::bad_alloc();
  redis::api().free(probe);
  return Ref<Buffer>::adopt(new Buffer(redis::api().calloc(1, padded(size)), size));
}

Ref<Buffer> Buffer::copy_of(std::span<const std::byte> bytes) {
  Ref<Buffer> buffer = allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->mutable_data(), bytes.data(), bytes.size());
  return buffer;
}

}  // namespace windtunnel::tensordb
