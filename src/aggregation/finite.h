// Which rows hold a NaN or an infinity.
#pragma once

#include <vector>

#include "aggregation/parallel.h"
#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// Whether every value is neither; true of no values. At the speed of memory.
bool finite(Row row);

/// For each row whether it holds one.
std::vector<bool> not_finite(Rows rows, const Parallel& parallel);

}  // namespace windtunnel::aggregation
