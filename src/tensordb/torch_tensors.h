// Tensors between the database and LibTorch, and where they are: all memory that LibTorch takes on the CPU is the
// server's, in buffers that can be stored as they are.
#pragma once

#include <c10/core/Allocator.h>
#include <torch/types.h>

#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "tensordb/device.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// LibTorch's allocator on the CPU. All tensors together hold at most `limit()` bytes; std::bad_alloc beyond. What it
/// hands out is freed by the address of its data alone, as kernels do that take memory without a tensor around it.
class ServerAllocator final : public c10::Allocator {
 public:
  explicit ServerAllocator(std::int64_t (*limit)()) : limit_(limit) {}

  // LibTorch declares the first const up to 2.2 and not const since, and knows the copying only since then: whichever
  // of these has a virtual function of its kind overrides it, so none says `override`.
  c10::DataPtr allocate(std::size_t bytes) const;
  c10::DataPtr allocate(std::size_t bytes) { return std::as_const(*this).allocate(bytes); }
  void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  static void release(void* data);

  /// Whether this thread was refused memory since it asked last: programs that meet that say so in words of their own.
  static bool was_refused();

 private:
  std::int64_t (*limit_)();
  static inline std::atomic<std::int64_t> held_{0};  // static, because LibTorch's deleters are plain functions
};

/// LibTorch's device. Throws CommandError, with the devices there are, when it is not there.
c10::Device torch_device(const Device& device);

/// The tensor on a device. It shares the elements unless it must be copied: to another device, or when `own_copy`.
at::Tensor to_torch(const TensorRef& tensor, bool own_copy, c10::Device device);

/// A result as it is stored; `inputs` are what the program was given. Throws CommandError for types that the database
/// does not have.
TensorRef to_stored(const at::Tensor& value, const std::vector<TensorRef>& inputs, bool inputs_are_copies);

}  // namespace windtunnel::tensordb
