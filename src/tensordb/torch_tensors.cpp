#include "tensordb/torch_tensors.h"

#include <torch/cuda.h>

#include <cstring>
#include <new>
#include <string>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

at::ScalarType scalar_type(DType type) {
  switch (type) {
    case DType::float32:
      return at::kFloat;
    case DType::float64:
      return at::kDouble;
    case DType::int8:
      return at::kChar;
    case DType::int16:
      return at::kShort;
    case DType::int32:
      return at::kInt;
    case DType::int64:
      return at::kLong;
    case DType::uint8:
      return at::kByte;
    case DType::boolean:
      return at::kBool;
    case DType::uint16:
      throw CommandError("Unsupported kUInt bits 16");
    case DType::string:
      throw CommandError("Unsupported code 7");
  }
  throw CommandError("Unsupported element type");
}

DType dtype_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return DType::float32;
    case at::kDouble:
      return DType::float64;
    case at::kChar:
      return DType::int8;
    case at::kShort:
      return DType::int16;
    case at::kInt:
      return DType::int32;
    case at::kLong:
      return DType::int64;
    case at::kByte:
      return DType::uint8;
    case at::kBool:
      return DType::boolean;
    default:
      throw CommandError(std::string(c10::toString(type)) + " is not supported by dlpack");
  }
}

/// The buffer that already holds exactly the elements of `result`, contiguous: an output made by our allocator, or an
/// input returned unchanged (inputs are never written, so sharing one is a copy that costs nothing).
Ref<Buffer> buffer_behind(const at::Tensor& result, const std::vector<TensorRef>& inputs, bool inputs_are_copies) {
  const std::size_t bytes = result.nbytes();
  if (bytes == 0) return Buffer::allocate(0);
  const c10::DataPtr& pointer = result.storage().data_ptr();
  if (pointer.get_deleter() == &ServerAllocator::release) {
    Buffer* buffer = Buffer::behind(pointer.get_context());
    if (result.data_ptr() == buffer->data() && buffer->size() == bytes) return Ref<Buffer>::share(buffer);
  } else if (!inputs_are_copies) {
    for (const TensorRef& input : inputs) {
      const Ref<Buffer>& elements = input->content().elements;
      if (elements->data() == result.data_ptr() && elements->size() == bytes) return elements;
    }
  }
  return Buffer::copy_of({static_cast<const std::byte*>(result.data_ptr()), bytes});
}

/// Of the computation on this thread: LibTorch wraps what an operator throws into text.
thread_local bool refused = false;

}  // namespace

c10::DataPtr ServerAllocator::allocate(std::size_t bytes) const {
  if (bytes == 0) return {nullptr, nullptr, &release, c10::kCPU};
  try {
    const std::int64_t limit = limit_();
    if (bytes > static_cast<std::size_t>(limit) || held_ + static_cast<std::int64_t>(bytes) > limit)
      throw std::bad_alloc();
    Buffer* buffer = Buffer::allocate(bytes).leak();
    held_ += static_cast<std::int64_t>(bytes);
    void* data = buffer->mutable_data();
    return {data, data, &release, c10::kCPU};
  } catch (const std::bad_alloc&) {
    refused = true;
    throw;
  }
}
bool ServerAllocator::was_refused() { return std::exchange(refused, false); }

void ServerAllocator::release(void* data) {
  if (data == nullptr) return;
  Buffer* buffer = Buffer::behind(data);
  held_ -= static_cast<std::int64_t>(buffer->size());
  buffer->release();
}

c10::Device torch_device(const Device& device) {
  if (!device.cuda) return c10::kCPU;
  const int found = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (device.index < found) return {c10::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
  std::string devices = "CPU";
  for (int i = 0; i < found; ++i) devices += ", CUDA:" + std::to_string(i);
  throw CommandError("GPU requested but Torch couldn't find CUDA" +
                     (found > 0 ? ":" + std::to_string(device.index) : std::string()) + "; devices here: " + devices);
}

at::Tensor to_torch(const TensorRef& tensor, bool own_copy, c10::Device device) {
  const at::ScalarType type = scalar_type(tensor->dtype);
  if (own_copy && device.is_cpu()) {
    at::Tensor copy = at::empty(tensor->shape, type);
    const std::span<const std::byte> bytes = tensor->bytes();
    if (!bytes.empty()) std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
    return copy;
  }
  Buffer* held = Ref<Buffer>(tensor->content().elements).leak();
  const at::Tensor shared = at::from_blob(
      held->mutable_data(), tensor->shape, [held](void*) { held->release(); }, type);
  return shared.to(device);  // itself on the CPU
}

TensorRef to_stored(const at::Tensor& value, const std::vector<TensorRef>& inputs, bool inputs_are_copies) {
  if (!value.defined()) throw CommandError("Function returned an undefined tensor");
  const DType dtype = dtype_of(value.scalar_type());
  if (value.layout() != at::kStrided || value.is_quantized())
    throw CommandError("Function returned a tensor that is not dense");
  if (static_cast<std::size_t>(value.dim()) > max_rank) throw CommandError("ERR tensor has too many dimensions");
  const at::Tensor result = value.to(at::kCPU).resolve_conj().resolve_neg().contiguous();
  Content content{buffer_behind(result, inputs, inputs_are_copies), {}};
  return TensorRef::adopt(new Tensor(dtype, Shape(result.sizes().begin(), result.sizes().end()), std::move(content)));
}

}  // namespace windtunnel::tensordb
