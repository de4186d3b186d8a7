#include "aggregation/spectral.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

/// √(w_i w_j) ⟨x_i − μ, x_j − μ⟩ / Σ w of the members: from distances, by centring twice.
Eigen::MatrixXd weighted_products(const Square& distances, std::span<const std::size_t> members,
                                  std::span<const double> weights) {
  const auto n = static_cast<Eigen::Index>(members.size());
  Eigen::MatrixXd d(n, n);
  Eigen::VectorXd w(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t at = members[static_cast<std::size_t>(i)];
    w(i) = weights.empty() ? 1.0 : weights[at];
    for (Eigen::Index j = 0; j < n; ++j) d(i, j) = distances(at, members[static_cast<std::size_t>(j)]);
  }
  const double sum = w.sum();
  Eigen::VectorXd mean(n);
  for (Eigen::Index i = 0; i < n; ++i) mean(i) = d.col(i).dot(w) / sum;
  const double overall = mean.dot(w) / sum;
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      d(i, j) = std::sqrt(w(i) * w(j)) / sum * ((mean(i) + mean(j) - d(i, j) - overall) / 2);
    }
  }
  return d;
}

}  // namespace

TopDirection top_direction(const Square& distances, std::span<const double> weights) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0) members.push_back(i);
  }
  check(!members.empty(), "top direction: of some rows");
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(weighted_products(distances, members, weights));
  check(solver.info() == Eigen::Success, "top direction: an eigenvector was found");
  TopDirection top{.eigenvalue = std::max(solver.eigenvalues().tail(1)(0), 0.0),
                   .projections = std::vector<double>(weights.size(), 0.0)};
  if (top.eigenvalue == 0) return top;
  // With M u = λ u, the row's projection is proportional to u_i / √w_i.
  const auto u = solver.eigenvectors().rightCols(1);
  for (std::size_t k = 0; k < members.size(); ++k) {
    const double ui = u(static_cast<Eigen::Index>(k), 0);
    top.projections[members[k]] = ui * ui / weights[members[k]];
  }
  return top;
}

double top_eigenvalue(const Square& distances, std::span<const std::size_t> chosen, double enough) {
  const Eigen::MatrixXd products = weighted_products(distances, chosen, {});
  // The mean of the eigenvalues, each weighed by itself, is no larger than the largest.
  const double trace = products.trace(), least = trace > 0 ? products.squaredNorm() / trace : 0.0;
  constexpr double rounding = 1e-9;
  if (least * (1 - rounding) > enough) return std::numeric_limits<double>::infinity();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products, Eigen::EigenvaluesOnly);
  check(solver.info() == Eigen::Success, "top eigenvalue: it was found");
  return std::max(solver.eigenvalues().tail(1)(0), 0.0);
}

}  // namespace windtunnel::aggregation
