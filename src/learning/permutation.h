// A random order of n things that needs no table: the place of each is computed when asked for.
// Promise: for one (n, key) the map i → order(i) is a bijection of [0, n), a function of nothing else, in constant
// memory and constant expected time. So a minibatch from the middle of an epoch costs no shuffle of the whole epoch.
#pragma once

#include <cstdint>

namespace windtunnel::learning {

/// Feistel network over the smallest power of two ≥ n, with walking along cycles back into [0, n) (Black and Rogaway,
/// "Ciphers with arbitrary finite domains", CT-RSA 2002); Philox is the round function.
class Permutation {
 public:
  /// Precondition: 1 ≤ n ≤ 2³² (checked).
  Permutation(std::int64_t n, std::uint64_t key);
  /// Precondition: 0 ≤ i < n (checked).
  std::int64_t operator()(std::int64_t i) const;

 private:
  std::uint64_t once(std::uint64_t value) const;

  std::uint64_t n_, key_;
  int low_bits_, high_bits_;
};

}  // namespace windtunnel::learning
