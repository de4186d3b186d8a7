// Tensor elements as text: what AI.TENSORSET … VALUES takes and AI.TENSORGET … VALUES gives.
#pragma once

#include <span>
#include <string_view>

#include "tensordb/arguments.h"
#include "tensordb/redis_api.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// The elements `values` of type `type`, one argument each. Numbers out of range, fractions for integers, NaN and text
/// that is no number are refused; "inf" and "-inf" are values. Throws CommandError.
Ref<Buffer> parse_elements(DType type, std::span<redis::String* const> values);

/// Replies with a flat array of all elements: floats as bulk strings in %.17g form, integers and booleans as integers,
/// strings as bulk strings.
void reply_elements(redis::Context* context, const Tensor& tensor);

}  // namespace windtunnel::tensordb
