#include "learning/dirichlet.h"

#include <algorithm>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>

#include "learning/shards.h"

namespace windtunnel::learning {
namespace {

// Shares of one class. A Gamma(alpha) variate is Gamma(alpha + 1) · U^(1/alpha); its logarithm does not underflow for
// small alpha, where all the variates themselves would be zero.
std::vector<double> shares(int workers, double alpha, Random& random) {
  boost::random::gamma_distribution<double> gamma(alpha + 1, 1);
  boost::random::uniform_01<double> uniform;
  std::vector<double> share(static_cast<std::size_t>(workers));
  for (double& s : share) {
    const double g = gamma(random);
    s = std::log(g) + std::log1p(-uniform(random)) / alpha;
  }
  const double largest = *std::max_element(share.begin(), share.end());
  double sum = 0;
  for (double& s : share) sum += s = std::exp(s - largest);
  for (double& s : share) s /= sum;
  return share;
}

}  // namespace

void Dirichlet::describe(Fields& f) {
  f("alpha", alpha, "concentration: large is iid, small gives each class to few workers",
    {.min = 1e-3, .max = 1e6, .source = "arXiv 2102.02079 uses 0.5"});
}

Shards Dirichlet::split(const PartitionInput& input) const {
  check_enough(input);
  Random random(input.seed, "dirichlet partition");
  Shards shards(static_cast<std::size_t>(input.workers));
  for (const auto& members : by_class(input, random)) {
    double cumulative = 0;
    std::size_t next = 0;
    const std::vector<double> share = shares(input.workers, alpha, random);
    for (std::size_t worker = 0; worker < shards.size(); ++worker) {
      cumulative += share[worker];
      const bool last = worker + 1 == shards.size();
      const auto cut = static_cast<std::size_t>(std::llround(cumulative * static_cast<double>(members.size())));
      for (const std::size_t end = last ? members.size() : std::min(cut, members.size()); next < end; ++next) {
        shards[worker].push_back(members[next]);
      }
    }
  }
  for (auto& shard : shards) {
    if (!shard.empty()) continue;
    auto richest = std::max_element(shards.begin(), shards.end(),
                                    [](const auto& a, const auto& b) { return a.size() < b.size(); });
    shard.push_back(richest->back());
    richest->pop_back();
  }
  return sorted(std::move(shards));
}

}  // namespace windtunnel::learning
