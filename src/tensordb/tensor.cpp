#include "tensordb/tensor.h"

#include <strings.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

struct TypeName {
  DType type;
  const char* name;
  std::size_t size;
};

constexpr std::array<TypeName, 10> types{{{DType::float32, "FLOAT", 4},
                                          {DType::float64, "DOUBLE", 8},
                                          {DType::int8, "INT8", 1},
                                          {DType::int16, "INT16", 2},
                                          {DType::int32, "INT32", 4},
                                          {DType::int64, "INT64", 8},
                                          {DType::uint8, "UINT8", 1},
                                          {DType::uint16, "UINT16", 2},
                                          {DType::boolean, "BOOL", 1},
                                          {DType::string, "STRING", 1}}};

const TypeName& entry(DType type) { return types[static_cast<std::size_t>(type) - 1]; }

}  // namespace

std::optional<DType> dtype_named(std::string_view text) {
  for (const TypeName& t : types) {
    const std::string_view known = t.name;
    if (known.size() == text.size() && strncasecmp(known.data(), text.data(), text.size()) == 0) return t.type;
  }
  return std::nullopt;
}

std::optional<DType> dtype_numbered(std::uint8_t number) {
  if (number < 1 || number > types.size()) return std::nullopt;
  return types[number - 1U].type;
}

const char* name(DType type) { return entry(type).name; }
std::size_t element_size(DType type) { return entry(type).size; }

std::optional<std::int64_t> element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  }
  // The element size must not overflow either, whatever the type.
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(count, std::int64_t{8}, &bytes)) return std::nullopt;
  return count;
}

Tensor::Tensor(DType type, Shape its_shape, Content content, std::optional<OptimizerRecord> record,
               std::shared_ptr<Promise> promise)
    : dtype(type),
      shape(std::move(its_shape)),
      optimizer(std::move(record)),
      content_(std::move(content)),
      promise_(std::move(promise)) {}

void Tensor::validate() const {
  const std::optional<std::int64_t> n = element_count(shape);
  if (!n || shape.size() > max_rank) throw CommandError("ERR invalid or negative value found in tensor shape");
  const std::span<const std::byte> data = bytes();
  if (dtype == DType::string) {
    const auto ends = std::count(data.begin(), data.end(), std::byte{0});
    if (ends != *n || (!data.empty() && data.back() != std::byte{0})) {
      throw CommandError("ERR Number of string elements in data blob does not match tensor length");
    }
    return;
  }
  if (data.size() != static_cast<std::size_t>(*n) * element_size(dtype)) {
    throw CommandError("ERR data length does not match tensor shape and type");
  }
  if (dtype == DType::boolean &&
      std::any_of(data.begin(), data.end(), [](std::byte b) { return b > std::byte{1}; })) {
    throw CommandError("ERR BOOL tensor elements must be 0 or 1");
  }
}

std::int64_t Tensor::count() const { return element_count(shape).value_or(0); }

std::span<const float> Tensor::floats() const {
  check(dtype == DType::float32, "a float tensor");
  const std::span<const std::byte> data = bytes();
  return {reinterpret_cast<const float*>(data.data()), data.size() / sizeof(float)};
}

std::vector<std::size_t> Tensor::vector_sizes() const {
  std::vector<std::size_t> sizes;
  for (const Ref<Buffer>& vector : content_.vectors) sizes.push_back(vector->size());
  return sizes;
}

bool Tensor::belongs_to(std::uint32_t holders_wanted) const {
  if (pending() || holders() != holders_wanted || content_.elements->holders() != 1) return false;
  return std::all_of(content_.vectors.begin(), content_.vectors.end(),
                     [](const Ref<Buffer>& vector) { return vector->holders() == 1; });
}

std::size_t Tensor::footprint() const {
  std::size_t bytes = sizeof(Tensor) + shape.capacity() * sizeof(std::int64_t) + content_.elements->footprint();
  for (const Ref<Buffer>& vector : content_.vectors) bytes += vector->footprint();
  return bytes;
}

TensorRef Tensor::floats(Shape shape) {
  const std::optional<std::int64_t> n = element_count(shape);
  check(n.has_value(), "the shape of a stored tensor");
  Ref<Buffer> elements = Buffer::allocate(static_cast<std::size_t>(*n) * sizeof(float));
  return TensorRef::adopt(new Tensor(DType::float32, std::move(shape), {std::move(elements), {}}));
}

}  // namespace windtunnel::tensordb
