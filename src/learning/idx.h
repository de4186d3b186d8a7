// Reader of IDX files, the format of MNIST: two zero bytes, a type code, the number of dimensions, each dimension as a
// big-endian 32-bit number, then the values. (Format: the end of the page of LeCun, Cortes and Burges on MNIST.)
// Promise: what is returned is complete and agrees with its header; everything else is an error naming the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace windtunnel::learning {

/// Unsigned bytes in row-major order; the product of `dimensions` is `values.size()`.
struct Idx {
  std::vector<std::int64_t> dimensions;
  std::vector<std::uint8_t> values;
};

/// Reads a plain or gzip-compressed file (told apart by content). Throws MissingError when it cannot be opened,
/// InputError when it is no IDX file, holds no unsigned bytes, has not `dimensions` dimensions, is truncated or goes on
/// too long.
Idx read_idx(const std::filesystem::path& file, int dimensions);

}  // namespace windtunnel::learning
