#include "sim/fingerprint.h"

namespace windtunnel::sim {

void Fingerprint::add(std::span<const std::byte> bytes) noexcept {
  add_pair(bytes.size(), 1);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;  // assembled byte by byte: the same on big-endian machines
    for (std::size_t j = i; j < bytes.size() && j < i + 8; ++j) {
      word |= std::to_integer<std::uint64_t>(bytes[j]) << (8 * (j - i));
    }
    step(word);
  }
}

std::uint64_t Fingerprint::value() const noexcept {
  // Two more rounds, so that the last value added reaches every bit.
  std::uint64_t x = state_;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  return x ^ (x >> 32);
}

std::string Fingerprint::hex() const {
  std::string text(16, '0');
  std::uint64_t x = value();
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, x >>= 4) *digit = "0123456789abcdef"[x & 15];
  return text;
}

std::uint64_t hash_of(std::string_view text) noexcept {
  Fingerprint f;
  f.add(text);
  return f.value();
}

}  // namespace windtunnel::sim
