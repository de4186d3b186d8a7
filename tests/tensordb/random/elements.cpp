#include "tests/tensordb/random/elements.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/notation.h"

namespace windtunnel::tensordb::random {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
const Type types[] = {{"FLOAT", 4, 0, 0},
                      {"DOUBLE", 8, 0, 0},
                      {"INT8", 1, -128, 127},
                      {"INT16", 2, -32768, 32767},
                      {"INT32", 4, -2147483648, 2147483647},
                      {"INT64", 8, lowest, highest},
                      {"UINT8", 1, 0, 255},
                      {"UINT16", 2, 0, 65535},
                      {"BOOL", 1, 0, 1},
                      {"STRING", 0, 0, 0}};

bool is_real(const Type& type) { return type.name == types[0].name || type.name == types[1].name; }

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T element(const std::string& bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof value);
  return value;
}

std::string shown_element(const Value& tensor, const Type& type, std::size_t i) {
  if (is_real(type)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g",
                  type.size == 4 ? double{element<float>(tensor.bytes, i)} : element<double>(tensor.bytes, i));
    return bulk(text);
  }
  const bool is_signed = type.min < 0;
  switch (type.size) {
    case 1:
      return number(is_signed ? element<std::int8_t>(tensor.bytes, i) : element<std::uint8_t>(tensor.bytes, i));
    case 2:
      return number(is_signed ? element<std::int16_t>(tensor.bytes, i) : element<std::uint16_t>(tensor.bytes, i));
    case 4:
      return number(element<std::int32_t>(tensor.bytes, i));
    default:
      return number(element<std::int64_t>(tensor.bytes, i));
  }
}

}  // namespace

const Type& type_named(std::string_view name) {
  for (const Type& type : types) {
    if (same_word(type.name, name)) return type;
  }
  throw Refused{};
}

std::string parsed(const Type& type, const std::vector<std::string>& words) {
  std::string bytes;
  for (const std::string& word : words) {
    if (type.size == 0) {
      const std::string text = word.ends_with('\0') ? word.substr(0, word.size() - 1) : word;
      demand(text.find('\0') == std::string::npos);
      bytes += text + '\0';
    } else if (is_real(type)) {
      const std::optional<double> value = real(word);
      demand(value.has_value());
      demand(type.size == 8 || std::isinf(*value) || std::isfinite(static_cast<float>(*value)));
      type.size == 4 ? append(bytes, static_cast<float>(*value)) : append(bytes, *value);
    } else {
      const std::optional<std::int64_t> value = whole(word);
      demand(value && *value >= type.min && *value <= type.max);
      bytes.append(reinterpret_cast<const char*>(&*value), type.size);  // little-endian
    }
  }
  return bytes;
}

void check_blob(const Type& type, const std::string& bytes, std::int64_t count) {
  if (type.size == 0) {
    demand(std::count(bytes.begin(), bytes.end(), '\0') == count && (bytes.empty() || bytes.back() == '\0'));
    return;
  }
  demand(bytes.size() == static_cast<std::size_t>(count) * type.size);
  const bool is_bool = std::string_view(type.name) == "BOOL";
  demand(!is_bool || std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == 1; }));
}

std::string shown_values(const Value& tensor) {
  const Type& type = type_named(tensor.dtype);
  std::vector<std::string> parts;
  if (type.size == 0) {
    for (std::size_t at = 0; at < tensor.bytes.size();) {
      const std::string text = tensor.bytes.c_str() + at;
      at += text.size() + 1;
      parts.push_back(bulk(text));
    }
  } else {
    for (std::size_t i = 0; i < tensor.bytes.size() / type.size; ++i) parts.push_back(shown_element(tensor, type, i));
  }
  return list(parts);
}

}  // namespace windtunnel::tensordb::random
