#include "aggregation/mimic.h"

#include <algorithm>

#include "aggregation/spectral.h"

namespace windtunnel::aggregation {

void Mimic::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("target", target, "which of the updates known is copied; default: the most unlike the others", {.min = 0, .max = 1e6});
}

void Mimic::forge_from(Rows known, const AttackContext&, std::span<float> out) const {
  std::size_t chosen = 0;
  if (target) {
    chosen = std::min(static_cast<std::size_t>(*target), known.size() - 1);
  } else {
    const TopDirection top = top_direction(squared_distances(known), std::vector<double>(known.size(), 1.0));
    chosen = static_cast<std::size_t>(std::ranges::max_element(top.projections) - top.projections.begin());
  }
  std::ranges::copy(known[chosen], out.begin());
}

}  // namespace windtunnel::aggregation
