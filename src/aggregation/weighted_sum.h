// Linear combinations of rows, in double and rounded to float once: what most rules end with, and what pre-aggregations
// make of the rows. At the speed of memory for a single one.
#pragma once

#include <span>
#include <vector>

#include "aggregation/parallel.h"
#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// out[j] = (Σ_i weights[i] · rows[i][j]) / divisor, summed in order. Rows of weight 0 are not read.
void weighted_sum(Rows rows, std::span<const double> weights, double divisor, std::span<float> out,
                  const Parallel& parallel = {});

/// The mean of the chosen rows (indices, ascending, at least one): Σ/n, to the bit that of the rule `mean`.
void mean_of(Rows rows, std::span<const std::size_t> chosen, std::span<float> out, const Parallel& parallel = {});

/// A combination to be taken piece by piece.
struct Combination {
  struct Term {
    std::size_t row;
    double weight;
  };
  std::vector<Term> terms;  ///< in the order of summation
  double divisor = 1;
};

/// The combination of the rows' columns from `column` on, as many as `out` has; on this thread. Its sum starts from `start`,
/// as long as `out`, or from zero where that is empty.
void combine_columns(Rows rows, const Combination& combination, std::size_t column, std::span<float> out,
                     std::span<const double> start = {});

/// The sum alone, not divided: a start for other combinations.
void add_columns(Rows rows, std::span<const Combination::Term> terms, std::size_t column, std::span<double> sums);

}  // namespace windtunnel::aggregation
