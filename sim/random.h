// Random streams by name. A stream is a function of (seed, purpose, index) alone: adding a consumer, or drawing more in
// one place, never shifts the numbers of another. The generator is Philox4x64-10 (Salmon et al. 2011, Random123), the
// distributions are Boost.Random's and not the standard library's, whose results differ from one library to the next.
#pragma once

#include <Random123/philox.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace windtunnel::sim {

/// Counter-based generator of 64-bit words, usable with Boost.Random. Key: (seed, hash of the purpose); counter:
/// (block, index, 0, 0); a block gives four words. Copies continue independently from the same place.
class PhiloxEngine {
 public:
  using result_type = std::uint64_t;
  using Block = std::array<std::uint64_t, 4>;

  PhiloxEngine(std::uint64_t seed, std::string_view purpose, std::uint64_t index);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    if (used_ == 4) refill();
    return words_[used_++];
  }

  /// The bare function, for known-answer tests.
  static Block philox(Block counter, std::array<std::uint64_t, 2> key);

 private:
  void refill();

  std::array<std::uint64_t, 2> key_;
  std::uint64_t block_ = 0;
  std::uint64_t index_;
  Block words_{};
  unsigned used_ = 4;
};

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index) : engine_(seed, purpose, index) {}

  /// In [0, 1), on the grid of 2^-53.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  /// Mean > 0 (checked).
  double exponential(double mean);
  /// Standard deviation ≥ 0 (checked).
  double normal(double mean, double sd);
  /// exp(normal(mu, sigma)): median exp(mu), mean exp(mu + sigma²/2); sigma ≥ 0 (checked).
  double lognormal(double mu, double sigma);
  /// Uniform on lo … hi, both included; lo ≤ hi (checked).
  std::int64_t integer(std::int64_t lo, std::int64_t hi);
  /// True with probability p; p outside [0, 1] acts as the nearer end.
  bool bernoulli(double p) { return uniform() < p; }

  /// Every order equally likely (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      using std::swap;
      swap(items[i - 1], items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(i) - 1))]);
    }
  }

  PhiloxEngine& engine() { return engine_; }

 private:
  PhiloxEngine engine_;
};

}  // namespace windtunnel::sim
