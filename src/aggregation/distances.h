// Squared Euclidean distances between all pairs of rows, and inner products about a point: what Krum and its relatives,
// NNM, the geometric median and the spectral rules are made of.
//
// Taken in double in a fixed order (relative error of a distance below 1e-12 for d up to 10^9), the same to the bit on
// every processor and any number of threads. Differences are taken before they are squared: nothing cancels, so rows
// that lie close together far from zero need no centring. A library's matrix product would be a little faster, but its
// order of summation depends on the processor's caches.
#pragma once

#include <vector>

#include "aggregation/parallel.h"
#include "aggregation/rows.h"

namespace windtunnel::aggregation {

/// An n × n matrix, row by row.
class Square {
 public:
  explicit Square(std::size_t n) : n_(n), values_(n * n, 0.0) {}
  std::size_t size() const { return n_; }
  double& operator()(std::size_t i, std::size_t j) { return values_[i * n_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values_[i * n_ + j]; }

 private:
  std::size_t n_;
  std::vector<double> values_;
};

/// ‖rows[i] − rows[j]‖²; symmetric, 0 on the diagonal. +inf where a row of the pair holds a NaN or an infinity.
Square squared_distances(Rows rows, const Parallel& parallel = {});

/// ⟨rows[i] − point, rows[j] − point⟩ of finite rows; an empty point is zero.
Square gram(Rows rows, Row point, const Parallel& parallel = {});

/// ‖rows[i] − point‖² of each row; an empty point is zero.
std::vector<double> squared_distances_to(Row point, Rows rows, const Parallel& parallel = {});

/// ⟨rows[i], with⟩ of each row.
std::vector<double> products(Rows rows, Row with, const Parallel& parallel = {});

}  // namespace windtunnel::aggregation
