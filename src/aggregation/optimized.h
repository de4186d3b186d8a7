// The factor of an attack that harms most what will combine the updates.
#pragma once

#include <functional>

#include "aggregation/attack.h"

namespace windtunnel::aggregation {

/// Of `steps` factors, evenly up to `largest`, the one for which the rule's result of the known updates and the attackers'
/// copies of the forgery is farthest from the mean of the known ones; of equal ones the smaller. `forge` writes the forgery
/// of a factor. Factors at which the rule cannot combine are passed over. Throws InputError when the context has no rule.
/// Reference: Shejwalkar, Houmansadr: Manipulating the Byzantine, NDSS 2021 (a line search for aggregation-tailored attacks).
struct FactorSearch {
  std::string_view attack;
  double largest = 1;
  std::int64_t steps = 16;
};
double worst_factor(const FactorSearch& search, Rows known, const AttackContext& context,
                    const std::function<void(double, std::span<float>)>& forge);

}  // namespace windtunnel::aggregation
