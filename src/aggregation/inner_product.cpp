#include "aggregation/inner_product.h"

#include "aggregation/optimized.h"

namespace windtunnel::aggregation {

void InnerProduct::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("factor", factor, "how many times the mean is sent, with its sign turned", {.min = 0, .max = 1e9, .above_min = true});
}

void InnerProduct::forge_from(Rows known, const AttackContext&, std::span<float> out) const {
  const Moments m = moments(known);
  write_along(std::vector<double>(out.size(), 0.0), -factor, m.mean, out);
}

void OptimizedInnerProduct::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("largest", largest, "largest factor that is tried", {.min = 0, .max = 1e9, .above_min = true});
  fields("steps", steps, "how many factors are tried", {.min = 1, .max = 1000});
}

void OptimizedInnerProduct::forge_from(Rows known, const AttackContext& context, std::span<float> out) const {
  const Moments m = moments(known);
  const std::vector<double> zero(out.size(), 0.0);
  const auto forge = [&](double factor, std::span<float> to) { write_along(zero, -factor, m.mean, to); };
  forge(worst_factor({.attack = name(), .largest = largest, .steps = steps}, known, context, forge), out);
}

}  // namespace windtunnel::aggregation
