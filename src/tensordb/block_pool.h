// Large blocks of memory that were given back, kept for the next tensor of the same size: fresh pages cost as much to
// touch as an average costs to compute. Blocks kept here are Redis's memory like any other and count in used_memory;
// they are few, and none are kept while maxmemory is near. Small blocks go straight to the allocator.
#pragma once

#include <cstddef>

namespace windtunnel::tensordb::pool {

/// A block of at least `size` bytes, or null when memory is short.
void* take(std::size_t size);
/// Gives a block of `take(size)` back; the same `size`.
void give_back(void* block, std::size_t size);

/// Looks how near maxmemory is; when it is, gives everything kept back to the server and keeps nothing until it is no
/// more. For the main thread, some times per second: Redis tells its memory to nobody else.
void look_at_memory();

/// Bytes kept at most; 0 turns the pool off. Set when the module is loaded.
void set_limit(std::size_t bytes);
/// Bytes kept at present.
std::size_t kept();
inline bool is_empty() { return kept() == 0; }

/// The server has one pool, also where two of our shared objects have a copy of this code: the second adopts the
/// first's.
struct Pool;
Pool* shared();
void adopt(Pool* other);

}  // namespace windtunnel::tensordb::pool
