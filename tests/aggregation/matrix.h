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

/// The first row is the own one, and the one to trust, for rules that ask.
inline std::vector<float> aggregate(const Rule& rule, const Matrix& matrix) {
  std::vector<float> out(matrix.d(), -12345.0F);
  const std::vector<Row> rows = matrix.rows();
  const auto first = rows.empty() ? Row() : rows[0];
  const Wants wants = rule.wants();
  rule.aggregate(rows, {.own = wants.own ? first : Row(), .reference = wants.reference ? first : Row()}, out);
  return out;
}

/// A rule of the list with default settings.
inline std::shared_ptr<Rule> rule(std::string_view name) { return make(rules(), "rule", name); }

/// Sets a choice among a member's settings.
template <class T>
void choose(T& member, std::string_view setting, std::string_view name) {
  struct Chooser final : Fields {
    std::string_view setting, name;
    void field(Field field) override {
      if (field.name == setting) std::get<Choosable*>(field.target)->select(name);
    }
  } chooser;
  chooser.setting = setting;
  chooser.name = name;
  member.describe(chooser);
}

/// Sets a whole number among a member's settings, if it has it.
template <class T>
void set(T& member, std::string_view setting, std::int64_t value) {
  struct Setter final : Fields {
    std::string_view setting;
    std::int64_t value = 0;
    void field(Field field) override {
      if (field.name == setting) *std::get<std::int64_t*>(field.target) = value;
    }
  } setter;
  setter.setting = setting;
  setter.value = value;
  member.describe(setter);
}

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
