#include "tensordb/element_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

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
    const T element = static_cast<T>(value);
    if (std::isinf(element) && !std::isinf(value)) throw invalid_value();  // too large for the type
    return element;
  } else {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !std::in_range<T>(value)) throw invalid_value();
    return static_cast<T>(value);
  }
}

void reply_one(redis::Context* context, double value) {
  char text[32];
  constexpr int digits = 17;
  const char* end = std::to_chars(text, std::end(text), value, std::chars_format::general, digits).ptr;
  redis::api().reply_buffer(context, text, static_cast<std::size_t>(end - text));
}

template <class T>
void reply_numbers(redis::Context* context, const Tensor& tensor, bool resp3) {
  const std::byte* in = tensor.bytes().data();
  for (std::int64_t i = 0; i < tensor.count(); ++i, in += sizeof(T)) {
    T element;
    std::memcpy(&element, in, sizeof(T));
    if constexpr (std::is_floating_point_v<T>) {
      const double value = static_cast<double>(element);
      if (resp3) {
        redis::api().reply_double(context, value);
      } else {
        reply_one(context, value);
      }
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

ElementParser::ElementParser(DType type, std::size_t count) : type_(type) {
  if (type == DType::string) return;
  numbers_ = Buffer::allocate(count * element_size(type));
  next_ = numbers_->mutable_data();
}

template <class T>
void ElementParser::take_numbers(std::span<redis::String* const> values) {
  for (redis::String* const value : values) {
    const T element = parse_one<T>(redis::view(value));
    if (type_ == DType::boolean && element > T{1}) throw invalid_value();
    std::memcpy(next_, &element, sizeof(T));
    next_ += sizeof(T);
  }
}

void ElementParser::take(std::span<redis::String* const> values) {
  switch (type_) {
    case DType::float32:
      return take_numbers<float>(values);
    case DType::float64:
      return take_numbers<double>(values);
    case DType::int8:
      return take_numbers<std::int8_t>(values);
    case DType::int16:
      return take_numbers<std::int16_t>(values);
    case DType::int32:
      return take_numbers<std::int32_t>(values);
    case DType::int64:
      return take_numbers<std::int64_t>(values);
    case DType::uint8:
    case DType::boolean:
      return take_numbers<std::uint8_t>(values);
    case DType::uint16:
      return take_numbers<std::uint16_t>(values);
    case DType::string:
      for (redis::String* const value : values) {
        std::string_view text = redis::view(value);
        if (text.ends_with('\0')) text.remove_suffix(1);
        if (text.find('\0') != std::string_view::npos) {
          throw CommandError("ERR C-string value contains null character");
        }
        strings_.append(text).push_back('\0');
      }
      return;
  }
  throw invalid_value();
}

Ref<Buffer> ElementParser::finish() {
  if (type_ != DType::string) return std::move(numbers_);
  return Buffer::copy_of(std::as_bytes(std::span(strings_)));
}

bool speaks_resp3(redis::Context* context) { return (redis::api().context_flags(context) & redis::flag::resp3) != 0; }

void reply_elements(redis::Context* context, const Tensor& tensor, bool resp3) {
  redis::api().reply_array(context, static_cast<long>(tensor.count()));
  switch (tensor.dtype) {
    case DType::float32:
      return reply_numbers<float>(context, tensor, resp3);
    case DType::float64:
      return reply_numbers<double>(context, tensor, resp3);
    case DType::int8:
      return reply_numbers<std::int8_t>(context, tensor, resp3);
    case DType::int16:
      return reply_numbers<std::int16_t>(context, tensor, resp3);
    case DType::int32:
      return reply_numbers<std::int32_t>(context, tensor, resp3);
    case DType::int64:
      return reply_numbers<std::int64_t>(context, tensor, resp3);
    case DType::uint8:
    case DType::boolean:
      return reply_numbers<std::uint8_t>(context, tensor, resp3);
    case DType::uint16:
      return reply_numbers<std::uint16_t>(context, tensor, resp3);
    case DType::string:
      return reply_strings(context, tensor);
  }
}

}  // namespace windtunnel::tensordb
