// Mean shift clustering of a few points in three dimensions, with a flat kernel.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace windtunnel::aggregation {

using Point = std::array<double, 3>;

/// The indices of the points in the largest cluster, ascending. Each point moves to the mean of the points within the
/// bandwidth until it stands; where they come to rest are centers, the one with the most points within the bandwidth first
/// (of equal ones that of the lower index), and centers within the bandwidth of an earlier one are dropped. A point belongs
/// to the nearest center, the earlier of equal ones; of clusters of one size the earlier is larger. The bandwidth is the mean
/// distance of a point to its ⌊n/2⌋-th nearest (at least first), itself counted.
/// Reference: Comaniciu, Meer: Mean shift: a robust approach toward feature space analysis, IEEE PAMI 24, 2002.
std::vector<std::size_t> largest_cluster(std::span<const Point> points);

}  // namespace windtunnel::aggregation
