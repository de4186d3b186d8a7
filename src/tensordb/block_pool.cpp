#include "tensordb/block_pool.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb::pool {

struct Pool {
  struct Block {
    void* memory;
    std::size_t size;
  };
  std::mutex mutex;
  std::list<Block> blocks;  // the youngest first: its pages are the likeliest to be in the cache
  std::atomic<std::size_t> bytes = 0;  // changed under the mutex
  std::size_t limit = 0;
  bool memory_is_short = false;
};

namespace {

using redis::api;
using Block = Pool::Block;

/// Below this the allocator reuses memory well by itself.
constexpr std::size_t smallest = std::size_t{1} << 20;
/// Part of maxmemory in use from which on nothing is kept.
constexpr float crowded = 0.5F;

// Of the server, for buffers that have no owner to carry it; never destroyed, because worker threads run to the end.
Pool* current = nullptr;

Pool& pool() {
  if (current == nullptr) current = new Pool;  // first asked for when the module is loaded, by one thread
  return *current;
}

/// A pass over memory in large pages spends less time on finding its addresses. No more than a wish: nothing happens
/// where the server (disable-thp, its default) or the kernel has them off.
void ask_for_large_pages(void* memory, std::size_t size) {
  constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + page - 1) / page * page, end = (begin + size) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

/// Takes the oldest blocks out until `bytes` fit, for the caller to free without the lock.
std::list<Block> make_room(Pool& p, std::size_t bytes) {
  std::list<Block> out;
  while (!p.blocks.empty() && p.bytes + bytes > p.limit) {
    p.bytes -= p.blocks.back().size;
    out.splice(out.end(), p.blocks, std::prev(p.blocks.end()));
  }
  return out;
}

void free_all(const std::list<Block>& blocks) {
  for (const Block& block : blocks) api().free(block.memory);
}

}  // namespace

void* take(std::size_t size) {
  if (size >= smallest) {
    Pool& p = pool();
    const std::scoped_lock lock(p.mutex);
    for (auto it = p.blocks.begin(); it != p.blocks.end(); ++it) {
      if (it->size != size) continue;
      void* memory = it->memory;
      p.bytes -= size;
      p.blocks.erase(it);
      return memory;
    }
  }
  void* memory = api().try_alloc(size);
  if (memory != nullptr) ask_for_large_pages(memory, size);
  return memory;
}

void give_back(void* block, std::size_t size) {
  if (size < smallest) return api().free(block);
  Pool& p = pool();
  std::list<Block> old;
  bool keep = false;
  {
    const std::scoped_lock lock(p.mutex);
    keep = !p.memory_is_short && size <= p.limit;
    if (keep) {
      old = make_room(p, size);
      p.blocks.push_front({block, size});
      p.bytes += size;
    }
  }
  if (!keep) api().free(block);
  free_all(old);
}

void look_at_memory() {
  Pool& p = pool();
  const bool is_short = api().used_memory_ratio() > crowded;
  std::list<Block> old;
  {
    const std::scoped_lock lock(p.mutex);
    p.memory_is_short = is_short;
    if (is_short) {
      old.swap(p.blocks);
      p.bytes = 0;
    }
  }
  free_all(old);
}

void set_limit(std::size_t bytes) {
  Pool& p = pool();
  const std::scoped_lock lock(p.mutex);
  p.limit = bytes;
}

std::size_t kept() {
  return pool().bytes;
}

Pool* shared() { return &pool(); }
void adopt(Pool* other) { current = other; }

}  // namespace windtunnel::tensordb::pool
