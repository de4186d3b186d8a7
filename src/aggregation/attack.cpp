#include "aggregation/attack.h"

#include <algorithm>

#include "base/error.h"

namespace windtunnel::aggregation {

void Attack::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  if (out.data() != context.own.data()) std::copy(context.own.begin(), context.own.end(), out.begin());
}

}  // namespace windtunnel::aggregation
