// Random numbers of the learning room: counter-based, named by (seed, purpose, indices), so that a new consumer shifts
// nobody else's numbers and every worker's minibatch can be drawn on any thread.
// Promise: the sequence is a function of the name alone, on every machine (Philox4x32-10 of Random123; pair it with
// Boost.Random's distributions, never with std's).
#pragma once

#include <Random123/philox.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace windtunnel::learning {

class Random {
 public:
  using result_type = std::uint32_t;

  Random(std::uint64_t seed, std::string_view purpose, std::initializer_list<std::uint64_t> indices = {}) : key_(seed) {
    std::uint64_t name = 0xcbf29ce484222325;  // FNV-1a, 64 bits
    for (char c : purpose) name = (name ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    absorb(name);
    for (std::uint64_t index : indices) absorb(index);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    if (used_ == 4) {
      block_ = at(counter_++);
      used_ = 0;
    }
    return block_[used_++];
  }

  /// 64 bits that stand for the whole name.
  std::uint64_t key() const { return key_; }

 private:
  using Block = r123::Philox4x32::ctr_type;

  Block at(std::uint64_t counter) const {
    const Block input{{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0, 0}};
    return r123::Philox4x32{}(input, {{static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)}});
  }

  // The key so far, as a block cipher, turns the next part of the name into the next key.
  void absorb(std::uint64_t part) {
    const Block mixed = at(part);
    key_ = mixed[0] | static_cast<std::uint64_t>(mixed[1]) << 32;
  }

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
  Block block_{};
  unsigned used_ = 4;
};

}  // namespace windtunnel::learning
