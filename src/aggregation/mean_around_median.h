// The mean of the values of each coordinate nearest to its median: MeaMed, and the second half of Bulyan.
#pragma once

#include <span>

#include "aggregation/rows.h"
#include "aggregation/work.h"

namespace windtunnel::aggregation {

/// out[j] = mean of the n − drop values of coordinate j nearest to their median, in ascending order and in double; for even
/// n the median is the mean of the two middle values, and of two values at the same distance on either side the smaller is
/// kept. Precondition: rows finite, drop < n.
void mean_around_median(Rows rows, std::size_t drop, std::span<float> out);

/// What that costs per value.
Work mean_around_median_work(double n, double drop);

}  // namespace windtunnel::aggregation
