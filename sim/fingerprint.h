// A 64-bit hash of a sequence of values, the same on every machine. Two runs with equal fingerprints did the same
// things in the same order. It is not cryptographic.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace windtunnel::sim {

class Fingerprint {
 public:
  /// Each add is one step of the chain: order, number, value and kind (integer, double, text) of the adds all count.
  template <std::integral T>
  void add(T value) noexcept {
    step(static_cast<std::uint64_t>(value));
  }
  /// By its bits; both zeros count as one value, and so do all NaNs.
  void add(double value) noexcept {
    if (value == 0) value = 0;
    add_pair(value != value ? 0x7ff8000000000000u : std::bit_cast<std::uint64_t>(value), 2);
  }
  /// The length counts, so "ab","c" differs from "a","bc".
  void add(std::span<const std::byte> bytes) noexcept;
  void add(std::string_view text) noexcept { add(std::as_bytes(std::span(text))); }
  void add(const char* text) noexcept { add(std::string_view(text)); }

  /// Two values in one step of the chain, for the kernel's inner loop.
  void add_pair(std::uint64_t first, std::uint64_t second) noexcept {
    const std::uint64_t x = (state_ ^ first) * 0x9e3779b97f4a7c15u;
    state_ = (std::rotl(x, 31) ^ second) * 0xd6e8feb86659fd93u;
  }

  std::uint64_t value() const noexcept;
  /// 16 lower-case hexadecimal digits of `value`.
  std::string hex() const;

  bool operator==(const Fingerprint&) const = default;

 private:
  void step(std::uint64_t value) noexcept { add_pair(value, 0); }

  std::uint64_t state_ = 0x243f6a8885a308d3u;  // the first 64 fractional bits of pi
};

/// Fingerprint of one text.
std::uint64_t hash_of(std::string_view text) noexcept;

}  // namespace windtunnel::sim
