// Choosing some of the rows by a number that each has.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "aggregation/work.h"

namespace windtunnel::aggregation {

/// The indices of the `count` smallest of the values, ascending; of equal values the one with the lower index comes
/// first. Precondition: count ≤ values.size(), no value is NaN.
inline std::vector<std::size_t> smallest(std::span<const double> values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  order.resize(count);
  std::sort(order.begin(), order.end());
  return order;
}

// What steps that many rules share cost per value (bench/rules_bench.cpp); reading the rows once is not in it.

/// Distances between all pairs of n rows: a difference, a square and a sum for each pair; each row looked through, and
/// brought to double.
inline Work distances_work(double n) { return {.flops = 1.05 * n * (n - 1) / 2 + 13.1 * n}; }
/// Norms of n rows, or inner products with one.
inline Work norms_work(double n) { return {.flops = 5.6 * n, .bytes = sizeof(float) * n}; }
/// Distances of n rows to a point.
inline Work distances_to_work(double n) { return {.flops = 8.7 * n, .bytes = sizeof(float) * n}; }
/// The mean of m rows that were read for something else before.
inline Work chosen_work(double m) { return {.flops = 3.8 * m + 2, .bytes = sizeof(float) * m}; }

}  // namespace windtunnel::aggregation
