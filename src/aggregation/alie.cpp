#include "aggregation/alie.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>

#include "aggregation/optimized.h"

namespace windtunnel::aggregation {
namespace {

double z_of(double n, double f) {
  const double supporters = std::max(std::floor(n / 2 + 1) - f, 1.0);
  const double share = std::clamp((n - f - supporters) / (n - f), 0.5, 1 - 1e-9);
  return std::sqrt(2.0) * boost::math::erf_inv(2 * share - 1);
}

}  // namespace

void Alie::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("factor", factor, "deviations from the mean; default: as many as the numbers of workers allow", {.min = 0, .max = 1e6});
}

void Alie::forge_from(Rows known, const AttackContext& context, std::span<float> out) const {
  const auto f = static_cast<double>(context.byzantine);
  const double n = context.workers > 0 ? static_cast<double>(context.workers) : static_cast<double>(known.size()) + f;
  const Moments m = moments(known);
  write_along(m.mean, -factor.value_or(z_of(n, f)), m.deviation, out);
}

void OptimizedAlie::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("largest", largest, "most deviations from the mean that are tried", {.min = 0, .max = 1e6, .above_min = true});
  fields("steps", steps, "how many factors are tried", {.min = 1, .max = 1000});
}

void OptimizedAlie::forge_from(Rows known, const AttackContext& context, std::span<float> out) const {
  const Moments m = moments(known);
  const auto forge = [&](double factor, std::span<float> to) { write_along(m.mean, -factor, m.deviation, to); };
  forge(worst_factor({.attack = name(), .largest = largest, .steps = steps}, known, context, forge), out);
}

}  // namespace windtunnel::aggregation
