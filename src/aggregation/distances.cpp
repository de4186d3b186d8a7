#include "aggregation/distances.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/interruption.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

// Columns are taken in blocks, copied to double once per block and used by all pairs of rows. Within a block each sum
// runs in `lanes` interleaved parts, whose number is part of the result's definition and not left to the compiler.
constexpr std::size_t block = 128;
constexpr std::size_t lanes = 4;
using Vector [[gnu::vector_size(lanes * sizeof(double))]] = double;

// Pairs taken at a time: as many sums as there are registers for.
constexpr std::size_t down = 2, across = 4;

template <class T>
[[gnu::always_inline]] inline void load(T& vector, const double* from) {
  std::memcpy(&vector, from, sizeof vector);
}

template <bool differences>
[[gnu::always_inline]] inline void add_tile(const double* a, const double* b, double* sums, std::size_t stride) {
  Vector sum[down][across] = {};
  for (std::size_t j = 0; j < block; j += lanes) {
    Vector left[down], right[across];
    for (std::size_t i = 0; i < down; ++i) load(left[i], a + i * block + j);
    for (std::size_t k = 0; k < across; ++k) load(right[k], b + k * block + j);
    for (std::size_t i = 0; i < down; ++i) {
      for (std::size_t k = 0; k < across; ++k) {
        if constexpr (differences) {
          const Vector difference = left[i] - right[k];
          sum[i][k] += difference * difference;
        } else {
          sum[i][k] += left[i] * right[k];
        }
      }
    }
  }
  for (std::size_t i = 0; i < down; ++i) {
    for (std::size_t k = 0; k < across; ++k) {
      const Vector& s = sum[i][k];
      sums[i * stride + k] += (s[0] + s[1]) + (s[2] + s[3]);
    }
  }
}

// `rows` (a multiple of `across`) rows of one block each; sums of the pairs i ≤ j, and of some others.
template <bool differences>
[[gnu::always_inline]] inline void add_block(const double* values, std::size_t rows, double* sums) {
  for (std::size_t i = 0; i < rows; i += down) {
    for (std::size_t k = i / across * across; k < rows; k += across) {
      add_tile<differences>(values + i * block, values + k * block, sums + i * rows + k, rows);
    }
  }
}

WINDTUNNEL_VECTOR_CLONES void add_distances(const double* values, std::size_t rows, double* sums) {
  add_block<true>(values, rows, sums);
}
WINDTUNNEL_VECTOR_CLONES void add_products(const double* values, std::size_t rows, double* sums) {
  add_block<false>(values, rows, sums);
}

WINDTUNNEL_VECTOR_CLONES void widen(const float* __restrict from, std::size_t n, double* __restrict to) {
  for (std::size_t j = 0; j < n; ++j) to[j] = double{from[j]};
}
WINDTUNNEL_VECTOR_CLONES void widen_about(const float* __restrict from, const float* __restrict point, std::size_t n,
                                          double* __restrict to) {
  for (std::size_t j = 0; j < n; ++j) to[j] = double{from[j]} - double{point[j]};
}

/// How columns are shared out; a function of the shape alone. Sums of all parts are held at once.
struct Parts {
  std::size_t count, width;

  Parts(std::size_t d, std::size_t numbers) {
    constexpr std::size_t least = 64 * block, most = 16, held = 1 << 20;
    count = std::clamp<std::size_t>(std::min(d / least, held / std::max<std::size_t>(numbers, 1)), 1, most);
    width = (d / count + block) / block * block;
  }
};

/// The sums of all pairs, of rows about a point.
template <bool differences>
Square pairs(Rows rows, Row point, const Parallel& parallel) {
  const std::size_t n = rows.size(), d = n == 0 ? 0 : rows[0].size();
  const std::size_t padded = (n + across - 1) / across * across;
  const Parts parts(d, padded * padded);
  std::vector<std::vector<double>> sums(parts.count);
  in_parts(parallel, parts.count, [&](std::size_t part) {
    std::vector<double>& sum = sums[part];
    sum.assign(padded * padded, 0.0);
    std::vector<double> values(padded * block, 0.0);
    const std::size_t end = std::min(d, (part + 1) * parts.width);
    for (std::size_t column = part * parts.width; column < end; column += block) {
      interruption_point();
      const std::size_t width = std::min(block, end - column);
      for (std::size_t i = 0; i < n; ++i) {
        double* to = values.data() + i * block;
        // Rows are read in pieces too short for the hardware to see that they go on.
        const float* const next = rows[i].data() + column + block;
        if (column + 2 * block <= d) {
          for (std::size_t j = 0; j < block; j += 16) __builtin_prefetch(next + j);
        }
        if (point.empty()) {
          widen(rows[i].data() + column, width, to);
        } else {
          widen_about(rows[i].data() + column, point.data() + column, width, to);
        }
        std::fill(to + width, to + block, 0.0);
      }
      if constexpr (differences) {
        add_distances(values.data(), padded, sum.data());
      } else {
        add_products(values.data(), padded, sum.data());
      }
    }
  });
  Square result(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) {
      double total = 0;
      for (const std::vector<double>& sum : sums) total += sum[i * padded + j];
      result(i, j) = result(j, i) = total;
    }
  }
  return result;
}

/// Σ of what `term` makes of a row's value and the point's, per row: by blocks of lanes as above.
template <bool differences>
[[gnu::always_inline]] inline double sum_over(const float* row, const float* point, std::size_t n) {
  constexpr std::size_t wide = 16;
  double sums[wide] = {};
  std::size_t j = 0;
  for (; j + wide <= n; j += wide) {
    for (std::size_t lane = 0; lane < wide; ++lane) {
      if constexpr (differences) {
        const double difference = double{row[j + lane]} - (point == nullptr ? 0.0 : double{point[j + lane]});
        sums[lane] += difference * difference;
      } else {
        sums[lane] += double{row[j + lane]} * double{point[j + lane]};
      }
    }
  }
  for (std::size_t lane = 0; j < n; ++j, ++lane) {
    const double other = point == nullptr ? 0.0 : double{point[j]};
    sums[lane] += differences ? (double{row[j]} - other) * (double{row[j]} - other) : double{row[j]} * other;
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

WINDTUNNEL_VECTOR_CLONES double sum_of_squares(const float* row, const float* point, std::size_t n) {
  return point == nullptr ? sum_over<true>(row, nullptr, n) : sum_over<true>(row, point, n);
}
WINDTUNNEL_VECTOR_CLONES double sum_of_products(const float* row, const float* point, std::size_t n) {
  return sum_over<false>(row, point, n);
}

template <class Sum>
std::vector<double> of_each(Rows rows, Row point, const Parallel& parallel, Sum sum) {
  const std::size_t n = rows.size(), d = n == 0 ? 0 : rows[0].size();
  const Parts parts(d, n);
  std::vector<double> sums(parts.count * n);
  in_parts(parallel, parts.count, [&](std::size_t part) {
    const std::size_t at = std::min(d, part * parts.width), width = std::min(parts.width, d - at);
    for (std::size_t i = 0; i < n; ++i) {
      interruption_point();
      sums[part * n + i] = sum(rows[i].data() + at, point.empty() ? nullptr : point.data() + at, width);
    }
  });
  std::vector<double> result(n, 0.0);
  for (std::size_t part = 0; part < parts.count; ++part) {
    for (std::size_t i = 0; i < n; ++i) result[i] += sums[part * n + i];
  }
  return result;
}

}  // namespace

Square squared_distances(Rows rows, const Parallel& parallel) {
  Square distances = pairs<true>(rows, {}, parallel);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      if (i == j) distances(i, j) = 0;
      else if (!std::isfinite(distances(i, j))) distances(i, j) = std::numeric_limits<double>::infinity();
    }
  }
  return distances;
}

Square gram(Rows rows, Row point, const Parallel& parallel) { return pairs<false>(rows, point, parallel); }

std::vector<double> squared_distances_to(Row point, Rows rows, const Parallel& parallel) {
  return of_each(rows, point, parallel, sum_of_squares);
}

std::vector<double> products(Rows rows, Row with, const Parallel& parallel) {
  if (with.empty()) return std::vector<double>(rows.size(), 0.0);
  return of_each(rows, with, parallel, sum_of_products);
}

}  // namespace windtunnel::aggregation
