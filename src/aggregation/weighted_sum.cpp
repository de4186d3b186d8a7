#include "aggregation/weighted_sum.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

// Columns summed at a time: the double sums of a block stay in the first-level cache while the rows stream by.
constexpr std::size_t block = 2048;
constexpr std::size_t columns_per_part = 32 * 1024;
// Terms added at a time, which load and store a sum once.
constexpr std::size_t together = 4;

struct Terms {
  std::array<const float*, together> rows;
  std::array<double, together> weights;
};

WINDTUNNEL_VECTOR_CLONES void add_four(const Terms& t, std::size_t n, double* __restrict sums) {
  const float *a = t.rows[0], *b = t.rows[1], *c = t.rows[2], *d = t.rows[3];
  const double wa = t.weights[0], wb = t.weights[1], wc = t.weights[2], wd = t.weights[3];
  for (std::size_t j = 0; j < n; ++j) {
    double sum = sums[j];
    sum += wa * double{a[j]};
    sum += wb * double{b[j]};
    sum += wc * double{c[j]};
    sum += wd * double{d[j]};
    sums[j] = sum;
  }
}
WINDTUNNEL_VECTOR_CLONES void add_one(const float* __restrict row, double weight, std::size_t n,
                                      double* __restrict sums) {
  for (std::size_t j = 0; j < n; ++j) sums[j] += weight * double{row[j]};
}
WINDTUNNEL_VECTOR_CLONES void divide(const double* __restrict sums, double divisor, std::size_t n,
                                     float* __restrict out) {
  for (std::size_t j = 0; j < n; ++j) out[j] = static_cast<float>(sums[j] / divisor);
}

}  // namespace

void add_columns(Rows rows, std::span<const Combination::Term> terms, std::size_t column, std::span<double> sums) {
  for (std::size_t at = 0; at < sums.size(); at += block) {
    const std::size_t width = std::min(block, sums.size() - at);
    const auto row = [&](std::size_t k) { return rows[terms[k].row].data() + column + at; };
    double* const to = sums.data() + at;
    std::size_t k = 0;
    for (; k + together <= terms.size(); k += together) {
      add_four({{row(k), row(k + 1), row(k + 2), row(k + 3)},
                {terms[k].weight, terms[k + 1].weight, terms[k + 2].weight, terms[k + 3].weight}},
               width, to);
    }
    for (; k < terms.size(); ++k) add_one(row(k), terms[k].weight, width, to);
  }
}

void combine_columns(Rows rows, const Combination& combination, std::size_t column, std::span<float> out,
                     std::span<const double> start) {
  std::array<double, block> sums;
  for (std::size_t at = 0; at < out.size(); at += block) {
    const std::size_t width = std::min(block, out.size() - at);
    if (start.empty()) {
      std::fill_n(sums.begin(), width, 0.0);
    } else {
      std::copy_n(start.begin() + static_cast<std::ptrdiff_t>(at), width, sums.begin());
    }
    add_columns(rows, combination.terms, column + at, std::span(sums).first(width));
    divide(sums.data(), combination.divisor, width, out.data() + at);
  }
}

namespace {

void in_columns(Rows rows, const Combination& combination, std::span<float> out, const Parallel& parallel) {
  in_parts(parallel, (out.size() + columns_per_part - 1) / columns_per_part, [&](std::size_t part) {
    const std::size_t at = part * columns_per_part;
    combine_columns(rows, combination, at, out.subspan(at, std::min(columns_per_part, out.size() - at)));
  });
}

}  // namespace

void weighted_sum(Rows rows, std::span<const double> weights, double divisor, std::span<float> out,
                  const Parallel& parallel) {
  check(weights.size() == rows.size(), "weighted sum: a weight for each row");
  Combination combination{.terms = {}, .divisor = divisor};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (weights[i] != 0) combination.terms.push_back({i, weights[i]});
  }
  in_columns(rows, combination, out, parallel);
}

void mean_of(Rows rows, std::span<const std::size_t> chosen, std::span<float> out, const Parallel& parallel) {
  check(!chosen.empty(), "mean of no rows");
  Combination combination{.terms = {}, .divisor = static_cast<double>(chosen.size())};
  for (const std::size_t i : chosen) combination.terms.push_back({i, 1.0});
  in_columns(rows, combination, out, parallel);
}

}  // namespace windtunnel::aggregation
