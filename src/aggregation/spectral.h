// The largest eigenvalue and its eigenvector of covariances of few rows of many values, by way of the rows' inner products:
// n × n numbers instead of d × d. Eigen does the decomposition.
#pragma once

#include <span>
#include <vector>

#include "aggregation/distances.h"

namespace windtunnel::aggregation {

/// Of the covariance of rows about their weighted mean, each row with its weight.
struct TopDirection {
  double eigenvalue = 0;           ///< Σ w_i ⟨v, x_i − μ⟩² / Σ w_i
  std::vector<double> projections;  ///< ⟨v, x_i − μ⟩² up to a common factor; 0 where the weight is
};

/// Of the rows with these squared distances; weights ≥ 0, at least one above.
TopDirection top_direction(const Square& distances, std::span<const double> weights);

/// Only the eigenvalue, of the chosen rows with weights of one; infinity where it is seen to be larger than `enough` without
/// a decomposition.
double top_eigenvalue(const Square& distances, std::span<const std::size_t> chosen, double enough);

}  // namespace windtunnel::aggregation
