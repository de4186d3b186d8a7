#include "aggregation/fltrust.h"

#include <algorithm>
#include <cmath>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

Work FlTrust::work_per_value(double n) const { return norms_work(n) + norms_work(n) + chosen_work(n); }

void FlTrust::combine(const Updates& updates, std::span<float> out) const {
  const Parallel& parallel = updates.context.parallel;
  const Row reference = updates.context.reference;
  const std::vector<double> norms = squared_distances_to({}, updates.rows, parallel);
  const double length = std::sqrt(squared_distances_to({}, std::span(&reference, 1), parallel)[0]);
  std::vector<double> weights = products(updates.rows, reference, parallel);
  double trust = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double norm = std::sqrt(norms[i]);
    const double cosine = norm > 0 && length > 0 ? std::max(weights[i] / (norm * length), 0.0) : 0.0;
    trust += cosine;
    weights[i] = norm > 0 ? cosine * length / norm : 0.0;
  }
  if (trust == 0) {
    std::fill(out.begin(), out.end(), 0.0F);
  } else {
    weighted_sum(updates.rows, weights, trust, out, parallel);
  }
}

}  // namespace windtunnel::aggregation
