// Memory for coroutine frames and process records, by size class of 16 bytes, recycled without locks.
// A released block is the next one handed out for its class on this thread, so a process that starts and ends all the
// time allocates nothing. Blocks may be released on another thread than the one that took them. Memory is kept for
// later simulations until the program ends. Under AddressSanitizer every block is a heap block of its own, so that
// nothing hides behind the recycling.
#pragma once

#include <cstddef>

namespace windtunnel::sim::detail {

/// A block of at least `size` bytes, aligned to 16.
void* allocate_frame(std::size_t size);

/// Gives a block back; `size` is the one it was taken with.
void release_frame(void* block, std::size_t size) noexcept;

/// Bytes that this thread has taken and not yet given back, in whole size classes.
std::size_t frame_bytes() noexcept;

}  // namespace windtunnel::sim::detail
