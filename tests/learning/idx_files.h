// IDX files as bytes, for the tests of their readers.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace windtunnel::learning {

inline std::string big_endian(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

inline std::string idx_header(char type, const std::vector<std::uint32_t>& dimensions) {
  std::string bytes{'\0', '\0', type, static_cast<char>(dimensions.size())};
  for (std::uint32_t size : dimensions) bytes += big_endian(size);
  return bytes;
}

inline void write_gzip(const std::filesystem::path& file, const std::string& bytes) {
  gzFile handle = gzopen(file.c_str(), "wb");
  const bool good = handle != nullptr && gzwrite(handle, bytes.data(), static_cast<unsigned>(bytes.size())) > 0;
  if (handle == nullptr || gzclose(handle) != Z_OK || !good) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace windtunnel::learning
