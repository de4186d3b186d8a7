#include "learning/permutation.h"

#include <Random123/philox.h>

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace windtunnel::learning {
namespace {

// Even: each half is replaced equally often. Four are enough for a strong permutation of large domains (Luby and
// Rackoff, 1988); small domains need more.
constexpr std::uint32_t rounds = 8;

}  // namespace

Permutation::Permutation(std::int64_t n, std::uint64_t key) : n_(static_cast<std::uint64_t>(n)), key_(key) {
  check(n >= 1 && n <= (std::int64_t{1} << 32), "Permutation: 1 to 2^32 elements");
  const int bits = std::max(2, static_cast<int>(std::bit_width(n_ - 1)));
  low_bits_ = bits / 2;
  high_bits_ = bits - low_bits_;
}

std::uint64_t Permutation::once(std::uint64_t value) const {
  const std::uint64_t low_mask = (std::uint64_t{1} << low_bits_) - 1;
  const std::uint64_t high_mask = (std::uint64_t{1} << high_bits_) - 1;
  std::uint64_t low = value & low_mask;
  std::uint64_t high = value >> low_bits_;
  const r123::Philox2x32 mix;
  const auto key_low = static_cast<std::uint32_t>(key_);
  const auto key_high = static_cast<std::uint32_t>(key_ >> 32);
  for (std::uint32_t round = 0; round < rounds; round += 2) {
    high ^= mix({{static_cast<std::uint32_t>(low), key_high ^ round}}, {{key_low}})[0] & high_mask;
    low ^= mix({{static_cast<std::uint32_t>(high), key_high ^ (round + 1)}}, {{key_low}})[0] & low_mask;
  }
  return high << low_bits_ | low;
}

std::int64_t Permutation::operator()(std::int64_t i) const {
  check(i >= 0 && static_cast<std::uint64_t>(i) < n_, "Permutation: index out of range");
  if (n_ == 1) return 0;
  std::uint64_t value = static_cast<std::uint64_t>(i);
  do {
    value = once(value);
  } while (value >= n_);
  return static_cast<std::int64_t>(value);
}

}  // namespace windtunnel::learning
