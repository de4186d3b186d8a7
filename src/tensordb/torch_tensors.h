// Tensors between the database and LibTorch, and where they are: all memory that LibTorch takes on the CPU is the
// server's, in buffers that can be stored as they are.
#pragma once

#include <c10/core/Allocator.h>
#include <torch/types.h>

#include <atomic>
#include <vector>

#include "tensordb/device.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// LibTorch's allocator on the CPU. All tensors together hold at most `limit` bytes; std::bad_alloc beyond.
class ServerAllocator final : public c10::Allocator {
 public:
  explicit ServerAllocator(std::int64_t limit) : limit_(limit) {}

  c10::DataPtr allocate(std::size_t bytes) const override;
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }

  static void release(void* context);

 private:
  std::int64_t limit_;
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
