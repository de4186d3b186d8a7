#include "aggregation/attack.h"

#include <algorithm>

#include "base/error.h"

namespace windtunnel::aggregation {

void Attack::forge(const Situation& situation, std::span<float> out) const {
  check(out.size() == situation.own.size(), "forge: out has the length of the own update");
  if (out.data() != situation.own.data()) std::copy(situation.own.begin(), situation.own.end(), out.begin());
}

}  // namespace windtunnel::aggregation
