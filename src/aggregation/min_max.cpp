#include "aggregation/min_max.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregation/distances.h"

namespace windtunnel::aggregation {
namespace {

std::vector<double> direction(const Moments& m, Perturbation perturbation) {
  std::vector<double> p(m.mean.size());
  double squares = 0;
  for (const double x : m.mean) squares += x * x;
  for (std::size_t j = 0; j < p.size(); ++j) {
    const double x = m.mean[j];
    switch (perturbation) {
      case Perturbation::unit:
        p[j] = squares > 0 ? -x / std::sqrt(squares) : 0.0;
        break;
      case Perturbation::deviation:
        p[j] = -m.deviation[j];
        break;
      case Perturbation::sign:
        p[j] = x > 0 ? -1.0 : x < 0 ? 1.0 : 0.0;
        break;
    }
  }
  return p;
}

/// ‖μ + γ p − x_i‖² = c_i + 2 γ b_i + γ² a.
struct Quadratics {
  double a = 0;
  std::vector<double> b, c;
};

Quadratics quadratics(Rows known, const Moments& m, std::span<const double> p) {
  Quadratics q;
  for (const double x : p) q.a += x * x;
  for (const Row row : known) {
    double b = 0, c = 0;
    for (std::size_t j = 0; j < p.size(); ++j) {
      const double difference = m.mean[j] - double{row[j]};
      b += p[j] * difference;
      c += difference * difference;
    }
    q.b.push_back(b);
    q.c.push_back(c);
  }
  return q;
}

/// The largest γ ≥ 0 with a γ² + 2 b γ + c ≤ limit.
double largest_root(double a, double b, double c, double limit) {
  if (a == 0) return 0;
  return std::max((-b + std::sqrt(std::max(b * b - a * (c - limit), 0.0))) / a, 0.0);
}

}  // namespace

void MinMax::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("perturbation", perturbation, perturbation_words, "which way from the mean of the updates known");
}

void MinMax::forge_from(Rows known, const AttackContext&, std::span<float> out) const {
  const Moments m = moments(known);
  const std::vector<double> p = direction(m, perturbation);
  const Quadratics q = quadratics(known, m, p);
  const Square distances = squared_distances(known);
  double limit = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) limit = std::max(limit, distances(i, j));
  }
  double gamma = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < known.size(); ++i) gamma = std::min(gamma, largest_root(q.a, q.b[i], q.c[i], limit));
  write_along(m.mean, gamma, p, out);
}

void MinSum::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("perturbation", perturbation, perturbation_words, "which way from the mean of the updates known");
}

void MinSum::forge_from(Rows known, const AttackContext&, std::span<float> out) const {
  const Moments m = moments(known);
  const std::vector<double> p = direction(m, perturbation);
  const Quadratics q = quadratics(known, m, p);
  const Square distances = squared_distances(known);
  double limit = 0, b = 0, c = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < known.size(); ++j) sum += distances(i, j);
    limit = std::max(limit, sum);
    b += q.b[i];
    c += q.c[i];
  }
  write_along(m.mean, largest_root(static_cast<double>(known.size()) * q.a, b, c, limit), p, out);
}

}  // namespace windtunnel::aggregation
