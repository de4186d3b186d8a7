// Random 64-bit words named by what they are for: word k of a stream is Philox4x64-10 of a counter, so that no consumer
// shifts another's, and the same name gives the same words everywhere.
#pragma once

#include <Random123/philox.h>

#include <cstdint>
#include <limits>

namespace windtunnel::aggregation {

/// A uniform random bit generator. Word k of block b is philox({b, first, second, 0}, {seed, purpose}).
class RandomWords {
 public:
  struct Name {
    std::uint64_t seed, purpose, first = 0, second = 0;
  };
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  explicit RandomWords(Name name) : key_{{name.seed, name.purpose}}, counter_{{0, name.first, name.second, 0}} {}

  result_type operator()() {
    if (used_ == block_.size()) {
      block_ = r123::Philox4x64()(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  /// A number in [0, n), n ≥ 1; n is far below 2^64, so the remainder's bias is nothing.
  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
  /// In [0, 1).
  double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  r123::Philox4x64::key_type key_;
  r123::Philox4x64::ctr_type counter_, block_{};
  std::size_t used_ = 4;
};

}  // namespace windtunnel::aggregation
