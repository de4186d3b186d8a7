// A regular expression for numbers with a unit between two bounds, as a JSON Schema can have it.
// Promise: it matches whatever the loader accepts. What it lets through besides is a number with an exponent, and, in a unit in
// which a bound is no short decimal, one that is off by less than a millionth of that unit.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace windtunnel::scenario {

/// A unit, and the bounds in it; min ≥ 0 and max may be infinite.
struct UnitBounds {
  std::string_view unit;
  double min = 0, max = 0;
};

/// `negative`: a sign is allowed, and there are no bounds. `positive`: above zero.
std::string quantity_pattern(std::span<const UnitBounds> units, bool negative, bool positive);

}  // namespace windtunnel::scenario
