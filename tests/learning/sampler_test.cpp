// Checks that the tableless permutation is one, that it is even-handed, and that minibatches go through a worker's
// shard once per epoch and do not depend on who asks in which order. Does not check the permutation's cryptographic
// strength, which nothing here needs.
#include "learning/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "learning/permutation.h"
#include "learning/random.h"

namespace windtunnel::learning {
namespace {

std::vector<std::int64_t> order_of(std::int64_t n, std::uint64_t key) {
  const Permutation permutation(n, key);
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < n; ++i) order.push_back(permutation(i));
  return order;
}

TEST(Permutation, IsABijection) {
  for (std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 100, 1023, 1024, 1025, 15'000}) {
    std::vector<std::int64_t> order = order_of(n, 42);
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i) << "n " << n;
  }
}

TEST(Permutation, ReachesEveryOrderAboutEquallyOften) {
  constexpr int draws = 24'000;
  std::map<std::vector<std::int64_t>, int> seen;
  for (int i = 0; i < draws; ++i) ++seen[order_of(4, Random(7, "test", {static_cast<std::uint64_t>(i)}).key())];
  ASSERT_EQ(seen.size(), 24U);
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 80) << "23 degrees of freedom: 23 ± 7 expected";
}

TEST(Permutation, IsEvenHandedOnALargerDomain) {
  // The place of element 0 among 100, over 20,000 keys.
  std::vector<double> count(100);
  for (std::uint64_t i = 0; i < 20'000; ++i)
    ++count[static_cast<std::size_t>(Permutation(100, Random(8, "t", {i}).key())(0))];
  double chi_square = 0;
  for (double c : count) chi_square += (c - 200) * (c - 200) / 200;
  EXPECT_LT(chi_square, 160) << "99 degrees of freedom: 99 ± 14 expected";
}

TEST(Permutation, RefusesWhatItCannot) {
  EXPECT_THROW(Permutation(0, 1), BrokenInvariant);
  EXPECT_THROW(Permutation(3, 1)(3), BrokenInvariant);
}

// Two workers with shards of 10 and 7 samples, minibatches of 3, two a round.
const Shards shards{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {20, 21, 22, 23, 24, 25, 26}};
const Plan plan{.workers = 2, .minibatches = 2, .batch = 3, .seed = 5};

std::vector<std::int64_t> stream_of(const Sampler& sampler, int worker, int rounds) {
  std::vector<std::int64_t> all;
  for (int round = 0; round < rounds; ++round) {
    for (int minibatch = 0; minibatch < 2; ++minibatch) {
      const auto part = sampler.indices({.worker = worker, .round = round, .minibatch = minibatch});
      EXPECT_EQ(part.size(), 3U);
      all.insert(all.end(), part.begin(), part.end());
    }
  }
  return all;
}

TEST(Sampler, UsesEachSampleOncePerEpoch) {
  const Sampler sampler(shards, plan);
  for (int worker = 0; worker < 2; ++worker) {
    const auto& shard = shards[static_cast<std::size_t>(worker)];
    const auto stream = stream_of(sampler, worker, 35);
    std::set<std::vector<std::int64_t>> orders;
    for (std::size_t first = 0; first + shard.size() <= stream.size(); first += shard.size()) {
      std::vector<std::int64_t> epoch(stream.begin() + static_cast<long>(first),
                                      stream.begin() + static_cast<long>(first + shard.size()));
      orders.insert(epoch);
      std::sort(epoch.begin(), epoch.end());
      ASSERT_EQ(epoch, shard);
    }
    EXPECT_GT(orders.size(), 15U) << "each epoch has an order of its own";
  }
}

TEST(Sampler, MinibatchesLargerThanTheShardRunOn) {
  const Sampler sampler({{3, 4}}, {.workers = 1, .minibatches = 1, .batch = 5, .seed = 1});
  auto batch = sampler.indices({.round = 0});
  std::sort(batch.begin(), batch.begin() + 4);
  EXPECT_EQ(std::vector(batch.begin(), batch.begin() + 4), (std::vector<std::int64_t>{3, 3, 4, 4}));
}

TEST(Sampler, DependsOnTheSeedAndChecksRanges) {
  const Sampler sampler(shards, plan);
  const Sampler other(shards, {.workers = 2, .minibatches = 2, .batch = 3, .seed = 6});
  EXPECT_NE(stream_of(sampler, 0, 5), stream_of(other, 0, 5));
  EXPECT_EQ(stream_of(sampler, 0, 5), stream_of(Sampler(shards, plan), 0, 5));
  EXPECT_EQ(sampler.samples_of(0), 10);
  EXPECT_EQ(sampler.samples_of(1), 7);
  EXPECT_THROW(sampler.samples_of(2), BrokenInvariant);
  EXPECT_THROW(sampler.indices({.worker = 2}), BrokenInvariant);
  EXPECT_THROW(sampler.indices({.round = -1}), BrokenInvariant);
  EXPECT_THROW(sampler.indices({.minibatch = 2}), BrokenInvariant);
  EXPECT_THROW(validate({.workers = 0}), InputError);
  EXPECT_THROW(validate({.minibatches = 0}), InputError);
  EXPECT_THROW(validate({.batch = 0}), InputError);
}

}  // namespace
}  // namespace windtunnel::learning
