// Squared Euclidean distances between all pairs of rows: what Krum and its relatives are made of.
#pragma once

#include <vector>

#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// The n × n matrix, row by row, of ‖rows[i] − rows[j]‖²; symmetric, 0 on the diagonal. Taken in double in a fixed order
/// (relative error below 1e-12 for d up to 10^9). +inf where a row of the pair holds a NaN or an infinity.
std::vector<double> squared_distances(Rows rows);

}  // namespace windtunnel::aggregation
