#include "aggregation/geometric_median.h"

#include <algorithm>
#include <cmath>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {
namespace {

constexpr int most_iterations = 1000;
constexpr double standing = 1e-9;
// Beyond it inner products are taken from the rows: out of distances that differ so much they would lose their digits.
constexpr double far = 1e10;

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

/// The distances of one row to the others, and of all pairs.
std::vector<double> to_others(const Square& distances, std::size_t i) {
  std::vector<double> lengths;
  for (std::size_t j = 0; j < distances.size(); ++j) {
    if (j != i) lengths.push_back(std::sqrt(distances(i, j)));
  }
  return lengths;
}

/// Inner products about the row in the middle.
Square products_about_middle(const Square& distances, const std::vector<double>& medians, const Updates& updates) {
  const std::size_t n = distances.size();
  const auto middle = static_cast<std::size_t>(std::min_element(medians.begin(), medians.end()) - medians.begin());
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, distances(i, middle));
  if (largest > far * medians[middle] * medians[middle]) {
    return gram(updates.rows, updates.rows[middle], updates.context.parallel);
  }
  Square products(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      products(i, j) = (distances(i, middle) + distances(j, middle) - distances(i, j)) / 2;
    }
  }
  return products;
}

void to_shares(std::vector<double>& weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  for (double& w : weights) w /= sum;
}

}  // namespace

void GeometricMedian::describe(Fields& fields) {
  fields("smoothing", smoothing, "distance below which a row no longer pulls at full strength, in median distances of two updates",
         {.min = 0, .max = 1, .above_min = true});
}

Work GeometricMedian::work_per_value(double n) const { return distances_work(n) + chosen_work(n); }
Work GeometricMedian::work_per_call(double n) const { return {.flops = 30 * 6 * n * n}; }

void GeometricMedian::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size();
  const Square distances = squared_distances(updates.rows, updates.context.parallel);
  std::vector<double> medians, lengths, weights(n), products_with(n), next(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::vector<double> others = to_others(distances, i);
    medians.push_back(median_of(others));
    lengths.insert(lengths.end(), others.begin(), others.end());
  }
  constexpr double tiny = 1e-290;  // where most rows are equal
  const double nu = std::max(smoothing * median_of(lengths), tiny);
  const Square g = products_about_middle(distances, medians, updates);
  for (std::size_t i = 0; i < n; ++i) weights[i] = 1 / std::max(medians[i], nu);
  to_shares(weights);
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    interruption_point();
    double square = 0, mean_distance = 0;  // of z from the middle; of the rows from z
    for (std::size_t i = 0; i < n; ++i) {
      products_with[i] = 0;
      for (std::size_t j = 0; j < n; ++j) products_with[i] += g(i, j) * weights[j];
      square += weights[i] * products_with[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double r = std::sqrt(std::max(g(i, i) - 2 * products_with[i] + square, 0.0));
      mean_distance += weights[i] * r;
      next[i] = 1 / std::max(r, nu);
    }
    to_shares(next);
    double moved = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < n; ++j) row += g(i, j) * (next[j] - weights[j]);
      moved += (next[i] - weights[i]) * row;
    }
    weights.swap(next);
    if (moved <= standing * standing * mean_distance * mean_distance) break;
  }
  double sum = 0;
  for (const double w : weights) sum += w;
  weighted_sum(updates.rows, weights, sum, out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
