// Tensor elements as text: what AI.TENSORSET … VALUES takes and AI.TENSORGET … VALUES gives.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tensordb/arguments.h"
#include "tensordb/redis_api.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// Elements of type `type` from text, one argument each, some at a time. Numbers out of range, fractions for integers, NaN
/// and text that is no number are refused; "inf" and "-inf" are values. A string may end with a zero byte, which is its
/// end anyway, and hold no other. `take` throws CommandError.
class ElementParser {
 public:
  ElementParser(DType type, std::size_t count);
  void take(std::span<redis::String* const> values);
  /// All elements. Precondition: as many as were announced have been taken.
  Ref<Buffer> finish();

 private:
  template <class T>
  void take_numbers(std::span<redis::String* const> values);

  DType type_;
  Ref<Buffer> numbers_;
  std::byte* next_ = nullptr;  // in numbers_
  std::string strings_;
};

/// Whether a context's client speaks RESP3. Under the lock.
bool speaks_resp3(redis::Context* context);

/// Replies with a flat array of all elements: floats as bulk strings in %.17g form (`resp3`: as doubles), integers and
/// booleans as integers, strings as bulk strings.
void reply_elements(redis::Context* context, const Tensor& tensor, bool resp3);

}  // namespace windtunnel::tensordb
