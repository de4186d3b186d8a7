#include "tensordb/element_text.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

CommandError invalid_value() { return CommandError("ERR invalid value"); }

template <class T>
T parse_one(std::string_view text) {
  // std::from_chars takes no leading '+', which people do write.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  if constexpr (std::is_floating_point_v<T>) {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || std::isnan(value)) throw invalid_value();
    return static_cast<T>(value);
  } else {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !std::in_range<T>(value)) throw invalid_value();
    return static_cast<T>(value);
  }
}

template <class T>
Ref<Buffer> parse_numbers(std::span<redis::String* const> values) {
  Ref<Buffer> buffer = Buffer::allocate(values.size() * sizeof(T));
  std::byte* out = buffer->mutable_data();
  for (redis::String* const value : values) {
    const T element = parse_one<T>(redis::view(value));
    std::memcpy(out, &element, sizeof(T));
    out += sizeof(T);
  }
  return buffer;
}

Ref<Buffer> parse_booleans(std::span<redis::String* const> values) {
  Ref<Buffer> buffer = parse_numbers<std::uint8_t>(values);
  for (const std::byte b : buffer->bytes()) {
    if (b > std::byte{1}) throw invalid_value();
  }
  return buffer;
}

Ref<Buffer> parse_strings(std::span<redis::String* const> values) {
  std::size_t size = 0;
  for (redis::String* const value : values) {
    const std::string_view text = redis::view(value);
    if (text.find('\0') != std::string_view::npos) throw CommandError("ERR C-string value contains null character");
    size += text.size() + 1;
  }
  Ref<Buffer> buffer = Buffer::allocate(size);
  std::byte* out = buffer->mutable_data();
  for (redis::String* const value : values) {
    const std::string_view text = redis::view(value);
    std::memcpy(out, text.data(), text.size());
    out[text.size()] = std::byte{0};
    out += text.size() + 1;
  }
  return buffer;
}

void reply_one(redis::Context* context, double value) {
  char text[32];
  const int n = std::snprintf(text, sizeof text, "%.17g", value);
  redis::api().reply_buffer(context, text, static_cast<std::size_t>(n));
}

template <class T>
void reply_numbers(redis::Context* context, const Tensor& tensor) {
  const std::byte* in = tensor.bytes().data();
  for (std::int64_t i = 0; i < tensor.count(); ++i, in += sizeof(T)) {
    T element;
    std::memcpy(&element, in, sizeof(T));
    if constexpr (std::is_floating_point_v<T>) {
      reply_one(context, static_cast<double>(element));
    } else {
      redis::api().reply_integer(context, element);
    }
  }
}

void reply_strings(redis::Context* context, const Tensor& tensor) {
  const auto* in = reinterpret_cast<const char*>(tensor.bytes().data());
  for (std::int64_t i = 0; i < tensor.count(); ++i) {
    const std::size_t n = std::strlen(in);  // every element is terminated: Tensor::validate
    redis::api().reply_buffer(context, in, n);
    in += n + 1;
  }
}

}  // namespace

Ref<Buffer> parse_elements(DType type, std::span<redis::String* const> values) {
  switch (type) {
    case DType::float32:
      return parse_numbers<float>(values);
    case DType::float64:
      return parse_numbers<double>(values);
    case DType::int8:
      return parse_numbers<std::int8_t>(values);
    case DType::int16:
      return parse_numbers<std::int16_t>(values);
    case DType::int32:
      return parse_numbers<std::int32_t>(values);
    case DType::int64:
      return parse_numbers<std::int64_t>(values);
    case DType::uint8:
      return parse_numbers<std::uint8_t>(values);
    case DType::uint16:
      return parse_numbers<std::uint16_t>(values);
    case DType::boolean:
      return parse_booleans(values);
    case DType::string:
      return parse_strings(values);
  }
  throw invalid_value();
}

void reply_elements(redis::Context* context, const Tensor& tensor) {
  redis::api().reply_array(context, static_cast<long>(tensor.count()));
  switch (tensor.dtype) {
    case DType::float32:
      return reply_numbers<float>(context, tensor);
    case DType::float64:
      return reply_numbers<double>(context, tensor);
    case DType::int8:
      return reply_numbers<std::int8_t>(context, tensor);
    case DType::int16:
      return reply_numbers<std::int16_t>(context, tensor);
    case DType::int32:
      return reply_numbers<std::int32_t>(context, tensor);
    case DType::int64:
      return reply_numbers<std::int64_t>(context, tensor);
    case DType::uint8:
    case DType::boolean:
      return reply_numbers<std::uint8_t>(context, tensor);
    case DType::uint16:
      return reply_numbers<std::uint16_t>(context, tensor);
    case DType::string:
      return reply_strings(context, tensor);
  }
}

}  // namespace windtunnel::tensordb
