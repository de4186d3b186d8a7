#include "aggregation/random_update.h"

#include "aggregation/random_words.h"
#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x72616e646f6dULL;  // "random"

}  // namespace

void RandomUpdate::describe(Fields& fields) {
  fields("scale", scale, "largest value that is sent", {.min = 0, .max = 1e30, .above_min = true});
}

void RandomUpdate::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  RandomWords words({context.seed, purpose, static_cast<std::uint64_t>(context.worker), static_cast<std::uint64_t>(context.round)});
  for (float& value : out) value = static_cast<float>(scale * (2 * words.uniform() - 1));
}

}  // namespace windtunnel::aggregation
