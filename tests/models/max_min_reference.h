// The slow references of max-min fairness: progressive filling of everything from scratch, and the definition itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace windtunnel::models::reference {

struct Problem {
  std::vector<double> capacity;               ///< of each resource
  std::vector<std::vector<std::size_t>> path;  ///< resources crossed by each flow
};

/// Rates of all flows: raise all together, freeze the flows of each resource that is used up.
inline std::vector<double> max_min(const Problem& problem) {
  std::vector<double> rate(problem.path.size(), 0);
  std::vector<bool> frozen(problem.path.size(), false);
  for (;;) {
    double step = std::numeric_limits<double>::infinity();
    std::vector<double> rest = problem.capacity;
    std::vector<int> growing(problem.capacity.size(), 0);
    for (std::size_t f = 0; f < rate.size(); ++f) {
      for (std::size_t r : problem.path[f]) {
        rest[r] -= rate[f];
        if (!frozen[f]) ++growing[r];
      }
    }
    for (std::size_t r = 0; r < rest.size(); ++r) {
      if (growing[r] > 0) step = std::min(step, rest[r] / growing[r]);
    }
    if (step == std::numeric_limits<double>::infinity()) return rate;
    for (std::size_t f = 0; f < rate.size(); ++f) {
      if (!frozen[f]) rate[f] += step;
    }
    for (std::size_t r = 0; r < rest.size(); ++r) {
      if (growing[r] == 0 || rest[r] - step * growing[r] > 1e-12 * problem.capacity[r]) continue;
      for (std::size_t f = 0; f < rate.size(); ++f) {
        if (std::find(problem.path[f].begin(), problem.path[f].end(), r) != problem.path[f].end()) frozen[f] = true;
      }
    }
  }
}

/// Whether nothing is overloaded and every flow has a bottleneck, a full resource on which nobody is faster.
inline bool is_max_min(const Problem& problem, const std::vector<double>& rate, double tolerance = 1e-6) {
  std::vector<double> load(problem.capacity.size(), 0);
  std::vector<double> fastest(problem.capacity.size(), 0);
  for (std::size_t f = 0; f < rate.size(); ++f) {
    for (std::size_t r : problem.path[f]) {
      load[r] += rate[f];
      fastest[r] = std::max(fastest[r], rate[f]);
    }
  }
  for (std::size_t r = 0; r < load.size(); ++r) {
    if (load[r] > problem.capacity[r] * (1 + tolerance)) return false;
  }
  return std::all_of(rate.begin(), rate.end(), [&, f = std::size_t{0}](double) mutable {
    const std::size_t flow = f++;
    return std::any_of(problem.path[flow].begin(), problem.path[flow].end(), [&](std::size_t r) {
      return load[r] >= problem.capacity[r] * (1 - tolerance) && fastest[r] <= rate[flow] * (1 + tolerance);
    });
  });
}

}  // namespace windtunnel::models::reference
