#include "aggregation/krum_scores.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace windtunnel::aggregation {

std::vector<double> krum_scores(const Square& distances, std::span<const std::size_t> members, std::size_t neighbours) {
  check(neighbours < members.size(), "krum: fewer neighbours than rows");
  std::vector<double> scores, others;
  for (const std::size_t i : members) {
    others.clear();
    for (const std::size_t j : members) {
      if (j != i) others.push_back(distances(i, j));
    }
    const auto end = others.begin() + static_cast<std::ptrdiff_t>(neighbours);
    std::partial_sort(others.begin(), end, others.end());
    scores.push_back(std::accumulate(others.begin(), end, 0.0));
  }
  return scores;
}

std::vector<double> krum_scores(const Square& distances, std::size_t neighbours) {
  std::vector<std::size_t> all(distances.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return krum_scores(distances, all, neighbours);
}

}  // namespace windtunnel::aggregation
