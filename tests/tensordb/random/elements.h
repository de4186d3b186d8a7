// The element types of tensors: their names, and their elements as words and as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

struct Type {
  const char* name;
  std::size_t size;       ///< bytes of an element; 0: strings
  std::int64_t min, max;  ///< of whole numbers
};

// All throw Refused (cursor.h) for what is not right.

/// By its name in any case.
const Type& type_named(std::string_view name);
/// The bytes of elements given as words.
std::string parsed(const Type& type, const std::vector<std::string>& words);
/// Checks that the bytes are as many elements.
void check_blob(const Type& type, const std::string& bytes, std::int64_t count);

/// The elements as TENSORGET … VALUES shows them.
std::string shown_values(const Value& tensor);

}  // namespace windtunnel::tensordb::random
