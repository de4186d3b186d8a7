// Rows for the tests of this room: a matrix that owns its values, and random ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "aggregation/rules.h"

namespace windtunnel::aggregation::testing {

struct Matrix {
  std::vector<std::vector<float>> values;

  std::vector<Row> rows() const { return {values.begin(), values.end()}; }
  std::size_t n() const { return values.size(); }
  std::size_t d() const { return values.at(0).size(); }
};

inline std::vector<float> aggregate(const Rule& rule, const Matrix& matrix) {
  std::vector<float> out(matrix.d(), -12345.0F);
  rule.aggregate(matrix.rows(), out);
  return out;
}

/// A rule of the list with default settings.
inline std::shared_ptr<Rule> rule(std::string_view name) { return make(rules(), "rule", name); }

struct Shape {
  std::size_t n = 1, d = 1;
};

/// Multiples of 1/8 in [-4, 4]: sums and differences are exact, and ties happen.
inline Matrix coarse(Shape shape, std::uint32_t seed) {
  std::mt19937 generator(seed);
  Matrix matrix{std::vector(shape.n, std::vector<float>(shape.d))};
  for (auto& row : matrix.values) {
    for (float& value : row) value = static_cast<float>(static_cast<int>(generator() % 65) - 32) / 8;
  }
  return matrix;
}

/// Any finite float of moderate size, all bits in use: sign × [1, 2) × 2^[-20, 20].
inline Matrix fine(Shape shape, std::uint32_t seed) {
  std::mt19937 generator(seed);
  Matrix matrix{std::vector(shape.n, std::vector<float>(shape.d))};
  for (auto& row : matrix.values) {
    for (float& value : row) {
      const float mantissa = 1.0F + static_cast<float>(generator() >> 9) * 0x1p-23F;
      value = std::ldexp(generator() % 2 == 0 ? mantissa : -mantissa, static_cast<int>(generator() % 41) - 20);
    }
  }
  return matrix;
}

}  // namespace windtunnel::aggregation::testing
