#include "aggregation/sign_flip.h"

#include "base/error.h"

namespace windtunnel::aggregation {

void SignFlip::describe(Fields& fields) {
  fields("factor", factor, "how many times the update is sent, with its sign turned",
         {.min = 0, .max = 1e9, .above_min = true, .source = "facts 1"});
}

void SignFlip::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  const auto scale = static_cast<float>(-factor);
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = scale * context.own[j];
}

}  // namespace windtunnel::aggregation
