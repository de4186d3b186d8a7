// The input of every rule and attack: n rows (one update each) of the same length d, float32.
// Nothing is copied; the rows stay the caller's.
#pragma once

#include <span>

namespace windtunnel::aggregation {

using Row = std::span<const float>;
using Rows = std::span<const Row>;

}  // namespace windtunnel::aggregation
