// The stored form of a tensor, versioned: a small header of fixed little-endian fields, then the elements, then the
// optimizer's vectors. RDB files, AOF files and replicas all carry exactly these parts.
// Promise: decoding never trusts its input; whatever the bytes are, the result is a valid tensor or a CommandError.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// Written into RDB files; a file with a greater number comes from a newer module and is refused.
constexpr int encoding_version = 1;
constexpr int model_encoding_version = 2;  ///< of a model; 1 had no number of required inputs

/// Type, shape, and what the optimizer remembers except its vectors.
std::string encode_header(const Tensor& tensor);

/// The tensor of these parts. `vectors` in order. Throws CommandError when they do not belong together.
TensorRef decode(std::string_view header, std::string_view elements, std::span<const std::string_view> vectors);

/// Number of optimizer vectors that follow a header. Throws CommandError when it is malformed.
std::size_t vectors_of(std::string_view header);

}  // namespace windtunnel::tensordb
