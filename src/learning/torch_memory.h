// LibTorch's own error for memory that the machine does not have, told as everyone else's. For LibTorch's side of this room only.
#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string_view>

namespace windtunnel::learning {

/// What `work` returns. Throws std::bad_alloc when LibTorch could not allocate.
template <class Work>
auto within_memory(Work work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    // LibTorch has no type of its own for it (c10/core/impl/alloc_cpu.cpp).
    const std::string_view what = error.what_without_backtrace();
    if (what.find("DefaultCPUAllocator") != std::string_view::npos) throw std::bad_alloc();
    throw;
  }
}

}  // namespace windtunnel::learning
