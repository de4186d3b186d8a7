#include "aggregation/running_mean.h"

#include <cmath>

#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

WINDTUNNEL_VECTOR_CLONES void add_scaled(std::size_t n, double* __restrict sums, const float* __restrict row,
                                         double weight) {
  for (std::size_t j = 0; j < n; ++j) sums[j] += weight * double{row[j]};
}

WINDTUNNEL_VECTOR_CLONES void divided(std::size_t n, const double* __restrict sums, float* __restrict out,
                                      double weights) {
  for (std::size_t j = 0; j < n; ++j) out[j] = static_cast<float>(sums[j] / weights);
}

}  // namespace

void RunningMean::add(Row row, double weight) {
  check(row.size() == sums_.size(), "RunningMean: rows have the length it was made for");
  check(weight > 0 && std::isfinite(weight), "RunningMean: weights are positive and finite");
  add_scaled(row.size(), sums_.data(), row.data(), weight);
  weights_ += weight;
  ++rows_;
}

void RunningMean::write(std::span<float> out) const {
  check(rows_ > 0, "RunningMean: no mean of no rows");
  check(out.size() == sums_.size(), "RunningMean: out has the length of a row");
  divided(out.size(), sums_.data(), out.data(), weights_);
}

}  // namespace windtunnel::aggregation
