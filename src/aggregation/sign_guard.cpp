#include "aggregation/sign_guard.h"

#include <algorithm>
#include <cmath>

#include "aggregation/clip.h"
#include "aggregation/distances.h"
#include "aggregation/mean_shift.h"
#include "aggregation/nearest.h"
#include "aggregation/weighted_sum.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t columns_per_part = 64 * 1024;

struct Signs {
  std::int64_t positive = 0, negative = 0;
};

WINDTUNNEL_VECTOR_CLONES Signs signs_of(const float* values, std::size_t n) {
  // At most a part's values: 32 bits hold the counts.
  std::int32_t positive = 0, negative = 0;
  for (std::size_t j = 0; j < n; ++j) {
    positive += values[j] > 0 ? 1 : 0;
    negative += values[j] < 0 ? 1 : 0;
  }
  return {positive, negative};
}

/// For each row the shares of positive, zero and negative values.
std::vector<Point> sign_shares(Rows rows, const Parallel& parallel) {
  const std::size_t n = rows.size(), d = rows[0].size(), parts = (d + columns_per_part - 1) / columns_per_part;
  std::vector<Signs> counts(parts * n);
  in_parts(parallel, parts, [&](std::size_t part) {
    const std::size_t at = part * columns_per_part, width = std::min(columns_per_part, d - at);
    for (std::size_t i = 0; i < n; ++i) counts[part * n + i] = signs_of(rows[i].data() + at, width);
  });
  std::vector<Point> shares;
  for (std::size_t i = 0; i < n; ++i) {
    Signs all;
    for (std::size_t part = 0; part < parts; ++part) {
      all.positive += counts[part * n + i].positive;
      all.negative += counts[part * n + i].negative;
    }
    const double values = std::max(static_cast<double>(d), 1.0);
    const double up = static_cast<double>(all.positive) / values, down = static_cast<double>(all.negative) / values;
    shares.push_back({up, static_cast<double>(static_cast<std::int64_t>(d) - all.positive - all.negative) / values, down});
  }
  return shares;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

}  // namespace

void SignGuard::describe(Fields& fields) {
  fields("lower", lower, "least norm of an update that is trusted, in median norms", {.min = 0, .max = 1});
  fields("upper", upper, "largest norm of an update that is trusted, in median norms", {.min = 1, .max = 1e9});
}

Work SignGuard::work_per_value(double n) const { return norms_work(n) + Work{.flops = 1.5 * n, .bytes = sizeof(float) * n} + chosen_work(n); }

void SignGuard::combine(const Updates& updates, std::span<float> out) const {
  const std::size_t n = updates.rows.size();
  const std::vector<double> squares = squared_distances_to({}, updates.rows, updates.context.parallel);
  std::vector<double> norms;
  for (const double square : squares) norms.push_back(std::sqrt(square));
  const double median = median_of(norms);
  const std::vector<std::size_t> cluster = largest_cluster(sign_shares(updates.rows, updates.context.parallel));
  std::vector<std::size_t> ordinary, trusted;
  for (std::size_t i = 0; i < n; ++i) {
    if (norms[i] >= lower * median && norms[i] <= upper * median) ordinary.push_back(i);
  }
  std::ranges::set_intersection(ordinary, cluster, std::back_inserter(trusted));
  if (trusted.empty()) trusted = ordinary;
  std::vector<double> weights(n, 0.0);
  for (const std::size_t i : trusted) weights[i] = clipping_factor(squares[i], median);
  weighted_sum(updates.rows, weights, static_cast<double>(trusted.size()), out, updates.context.parallel);
}

}  // namespace windtunnel::aggregation
