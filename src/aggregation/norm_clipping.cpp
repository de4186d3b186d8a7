#include "aggregation/norm_clipping.h"

#include <fmt/format.h>

#include "aggregation/clip.h"
#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

void NormClipping::describe(Fields& fields) {
  fields("norm", norm, "largest Euclidean norm of an update; longer ones are shortened to it",
         {.min = 0, .max = 1e30, .above_min = true});
}

std::string NormClipping::label() const { return fmt::format("norm_clipping to norm {}", norm); }

Work NormClipping::work_per_value(double n) const { return norms_work(n) + chosen_work(n); }

void NormClipping::combine(const Updates& updates, std::span<float> out) const {
  std::vector<double> factors = squared_distances_to({}, updates.rows, updates.context.parallel);
  for (double& factor : factors) factor = clipping_factor(factor, norm);
  weighted_sum(updates.rows, factors, static_cast<double>(factors.size()), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
