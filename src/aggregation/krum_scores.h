// The score of Krum: how far a row is from its nearest neighbours.
#pragma once

#include <span>
#include <vector>

#include "aggregation/distances.h"

namespace windtunnel::aggregation {

/// For each of `members` (indices into the distances), the sum of its `neighbours` smallest squared distances to other
/// members, in ascending order. Precondition: neighbours < members.size().
std::vector<double> krum_scores(const Square& distances, std::span<const std::size_t> members, std::size_t neighbours);

/// Of all rows.
std::vector<double> krum_scores(const Square& distances, std::size_t neighbours);

}  // namespace windtunnel::aggregation
