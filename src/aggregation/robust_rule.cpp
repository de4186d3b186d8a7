#include "aggregation/robust_rule.h"

#include <fmt/format.h>

namespace windtunnel::aggregation {

void RobustRule::describe(Fields& fields) { fields("f", f, about_.f, {.min = 0, .max = 1e6}); }

std::string RobustRule::label() const { return fmt::format("{} with f = {}", about_.name, f); }

std::int64_t RobustRule::least_rows(std::int64_t left_out) const {
  return about_.per_f * std::max<std::int64_t>(f - left_out, 0) + about_.fixed;
}

}  // namespace windtunnel::aggregation
