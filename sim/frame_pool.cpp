#include "sim/frame_pool.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace windtunnel::sim::detail {
namespace {

constexpr std::size_t granule = 16;
constexpr std::size_t classes = 64;  // blocks up to 1 KiB; larger frames are rare and go to the heap
constexpr std::size_t slab_bytes = 64 * 1024;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooling = false;
#else
constexpr bool pooling = true;
#endif

constexpr std::size_t class_of(std::size_t size) { return (size + granule - 1) / granule; }

struct Block {
  Block* next;
};

struct FreeLists {
  std::array<Block*, classes + 1> heads{};
};

/// Where a thread that ends leaves its free blocks, and where others look before they take new memory.
class Depot {
 public:
  void donate(const FreeLists& lists) noexcept {
    const std::lock_guard lock(mutex_);
    for (std::size_t c = 0; c <= classes; ++c) {
      Block* block = lists.heads[c];
      while (block != nullptr) {
        Block* next = block->next;
        block->next = lists_.heads[c];
        lists_.heads[c] = block;
        block = next;
      }
    }
  }

  Block* take_all(std::size_t c) noexcept {
    const std::lock_guard lock(mutex_);
    return std::exchange(lists_.heads[c], nullptr);
  }

 private:
  std::mutex mutex_;
  FreeLists lists_;
};

/// Never destroyed: threads may end after main has returned.
Depot& depot() {
  static Depot& instance = *new Depot;
  return instance;
}

/// The allocator of one thread. It holds no state of any simulation, so that it may be shared by all that run here.
class Cache {
 public:
  ~Cache() { depot().donate(lists_); }

  void* allocate(std::size_t c) {
    bytes_ += c * granule;
    if (Block* block = lists_.heads[c]; block != nullptr) {
      lists_.heads[c] = block->next;
      return block;
    }
    return refill(c);
  }

  void release(void* memory, std::size_t c) noexcept {
    bytes_ -= c * granule;
    lists_.heads[c] = new (memory) Block{lists_.heads[c]};
  }

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  void* refill(std::size_t c) {
    if (Block* block = depot().take_all(c); block != nullptr) {
      lists_.heads[c] = block->next;
      return block;
    }
    const std::size_t size = c * granule;
    if (static_cast<std::size_t>(slab_end_ - slab_) < size) {
      slab_ = static_cast<char*>(::operator new (slab_bytes, std::align_val_t{64}));
      slab_end_ = slab_ + slab_bytes;
    }
    return std::exchange(slab_, slab_ + size);
  }

  FreeLists lists_;
  char* slab_ = nullptr;
  char* slab_end_ = nullptr;
  std::size_t bytes_ = 0;
};

Cache& cache() {
  thread_local Cache instance;
  return instance;
}

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t c = class_of(std::max(size, granule));
  if (!pooling || c > classes) return ::operator new(size);
  return cache().allocate(c);
}

void release_frame(void* block, std::size_t size) noexcept {
  const std::size_t c = class_of(std::max(size, granule));
  if (!pooling || c > classes) return ::operator delete(block);
  cache().release(block, c);
}

std::size_t frame_bytes() noexcept { return cache().bytes(); }

}  // namespace windtunnel::sim::detail
