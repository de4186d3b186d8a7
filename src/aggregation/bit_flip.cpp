#include "aggregation/bit_flip.h"

#include <bit>

#include "aggregation/random_words.h"
#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x666c6970ULL;  // "flip"

}  // namespace

void BitFlip::describe(Fields& fields) {
  fields("bits", bits, "bits to flip, from 1 for the least significant to 32 for the sign", {.min = 1, .max = 32, .source = "arXiv 1802.10116"});
  fields("share", share, "share of the coordinates that are hit", {.min = 0, .max = 1, .above_min = true});
}

void BitFlip::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  std::uint32_t mask = 0;
  for (const std::int64_t bit : bits) mask |= std::uint32_t{1} << (bit - 1);
  RandomWords words({context.seed, purpose, static_cast<std::uint64_t>(context.worker), static_cast<std::uint64_t>(context.round)});
  for (std::size_t j = 0; j < out.size(); ++j) {
    const auto pattern = std::bit_cast<std::uint32_t>(context.own[j]);
    out[j] = std::bit_cast<float>(words.uniform() < share ? pattern ^ mask : pattern);
  }
}

}  // namespace windtunnel::aggregation
