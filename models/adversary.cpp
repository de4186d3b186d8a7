#include "models/adversary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "base/error.h"
#include "sim/random.h"

namespace windtunnel::models {

void AdversaryConfig::describe(Fields& f) {
  f("byzantine", byzantine, "Byzantine workers, counted from 0; or their share of all, to the nearest, drawn by the seed", {.min = 0});
  f("from_round", from_round, "first round in which they are, counted from 0", {.min = 0});
  f("until_round", until_round, "first round in which they are honest again; never without it", {.min = 0});
}

std::vector<std::string> AdversaryConfig::problems(std::int64_t workers) const {
  std::vector<std::string> found;
  const std::vector<std::int64_t>& named = byzantine.named;
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i] < 0 || named[i] >= workers) {
      found.push_back(fmt::format("byzantine[{}]: there is no worker {}; allowed: 0 to {}", i, named[i], workers - 1));
    }
    const auto here = named.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(named.begin(), here, named[i]) != here) {
      found.push_back(fmt::format("byzantine[{}]: worker {} is named twice", i, named[i]));
    }
  }
  if (byzantine.share.percent > 0 && drawn(workers) == 0) {
    found.push_back(fmt::format("byzantine: {} of {} workers is nobody; allowed: 0 %, or {} and above", exact(byzantine.share), workers,
                                exact(Share{50.0 / static_cast<double>(workers)})));
  }
  if (from_round < 0) found.push_back(fmt::format("from_round: {} is not a round; allowed: 0 and above", from_round));
  if (until_round && *until_round <= from_round) {
    found.push_back(fmt::format("until_round: {} is not after from_round {}", *until_round, from_round));
  }
  return found;
}

std::int64_t AdversaryConfig::drawn(std::int64_t workers) const {
  return std::llround(byzantine.share.percent * static_cast<double>(workers) / 100);
}

Adversary::Adversary(const AdversaryConfig& config, std::int64_t workers, std::uint64_t seed)
    : from_round_(config.from_round), until_round_(config.until_round) {
  const std::vector<std::string> found = config.problems(workers);
  if (!found.empty()) throw InputError(fmt::format("adversary: {}", fmt::join(found, "\nadversary: ")));
  byzantine_.resize(static_cast<std::size_t>(workers), false);
  for (std::int64_t worker : config.byzantine.named) byzantine_[static_cast<std::size_t>(worker)] = true;
  std::vector<std::int64_t> order(static_cast<std::size_t>(workers));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  sim::RandomStream(seed, "byzantine", 0).shuffle(std::span(order));
  for (std::int64_t i = 0; i < config.drawn(workers); ++i) {
    byzantine_[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
  }
}

bool Adversary::is_byzantine(std::int64_t worker, std::int64_t round) const {
  check(worker >= 0 && worker < static_cast<std::int64_t>(byzantine_.size()), "there is such a worker");
  return byzantine_[static_cast<std::size_t>(worker)] && round >= from_round_ &&
         (!until_round_ || round < *until_round_);
}

std::vector<std::int64_t> Adversary::byzantine(std::int64_t round) const {
  std::vector<std::int64_t> found;
  for (std::int64_t worker = 0; worker < static_cast<std::int64_t>(byzantine_.size()); ++worker) {
    if (is_byzantine(worker, round)) found.push_back(worker);
  }
  return found;
}

std::int64_t Adversary::count() const { return std::count(byzantine_.begin(), byzantine_.end(), true); }

}  // namespace windtunnel::models
