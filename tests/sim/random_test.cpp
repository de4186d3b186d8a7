// Checks the generator against published known answers, the naming of streams, and the moments and ranges of the
// distributions (fixed seeds; bounds of about five standard errors). Does not test the generator's statistical quality.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "base/error.h"
#include "sim/fingerprint.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace windtunnel::sim {
namespace {

TEST(Philox, KnownAnswers) {
  // Random123's published vectors for philox4x64-10: zeros, ones, digits of pi.
  EXPECT_EQ(PhiloxEngine::philox({0, 0, 0, 0}, {0, 0}),
            (PhiloxEngine::Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}));
  const std::uint64_t ones = ~std::uint64_t{0};
  EXPECT_EQ(PhiloxEngine::philox({ones, ones, ones, ones}, {ones, ones}),
            (PhiloxEngine::Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}));
  EXPECT_EQ(PhiloxEngine::philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                                 {0x452821e638d01377, 0xbe5466cf34e90c6c}),
            (PhiloxEngine::Block{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}));
}

TEST(Streams, FirstWordsAreFixedForEver) {
  // A change here changes the results of every scenario. The engine's words are Philox blocks of the documented key and
  // counter; the values of the distributions are recorded from this implementation.
  PhiloxEngine engine(42, "latency", 3);
  const auto first = PhiloxEngine::philox({0, 3, 0, 0}, {42, hash_of("latency")});
  const auto second = PhiloxEngine::philox({1, 3, 0, 0}, {42, hash_of("latency")});
  for (const std::uint64_t word : first) EXPECT_EQ(engine(), word);
  for (const std::uint64_t word : second) EXPECT_EQ(engine(), word);
}

TEST(Streams, ANameIsAStream) {
  const Simulation s(5);
  const auto first = [](RandomStream r) { return r.engine()(); };
  EXPECT_EQ(first(s.stream("a", 1)), first(s.stream("a", 1)));
  const std::set<std::uint64_t> distinct{first(s.stream("a", 0)), first(s.stream("a", 1)), first(s.stream("b", 0)),
                                         first(Simulation(6).stream("a", 0))};
  EXPECT_EQ(distinct.size(), 4u);
}

TEST(Streams, AConsumerShiftsNobodyElse) {
  const Simulation s(5);
  const auto draw = [&](bool other) {
    RandomStream mine = s.stream("mine");
    RandomStream theirs = s.stream("theirs");
    std::vector<double> drawn;
    for (int i = 0; i < 100; ++i) {
      drawn.push_back(mine.normal(0, 1));
      if (other) theirs.exponential(1);
    }
    return drawn;
  };
  EXPECT_EQ(draw(false), draw(true));
}

TEST(Streams, NeighboursAreUncorrelated) {
  const int n = 100'000;
  RandomStream a(1, "x", 0), b(1, "x", 1);
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += (a.uniform() - 0.5) * (b.uniform() - 0.5);
  EXPECT_LT(std::abs(sum / n), 5.0 / 12 / std::sqrt(n));
}

struct Moments {
  double mean = 0, sd = 0;
};

template <class Draw>
Moments moments(Draw draw, int n = 200'000) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  return {sum / n, std::sqrt(squares / n - (sum / n) * (sum / n))};
}

TEST(Distributions, Moments) {
  RandomStream r(11, "moments", 0);
  const Moments uniform = moments([&] { return r.uniform(); });
  EXPECT_NEAR(uniform.mean, 0.5, 0.004);
  EXPECT_NEAR(uniform.sd, std::sqrt(1.0 / 12), 0.003);
  const Moments exponential = moments([&] { return r.exponential(3); });
  EXPECT_NEAR(exponential.mean, 3, 0.04);
  EXPECT_NEAR(exponential.sd, 3, 0.07);
  const Moments normal = moments([&] { return r.normal(-2, 5); });
  EXPECT_NEAR(normal.mean, -2, 0.06);
  EXPECT_NEAR(normal.sd, 5, 0.05);
  const Moments lognormal = moments([&] { return r.lognormal(0.5, 0.25); });
  EXPECT_NEAR(lognormal.mean, std::exp(0.5 + 0.25 * 0.25 / 2), 0.006);
  const Moments coin = moments([&] { return r.bernoulli(0.3) ? 1.0 : 0.0; });
  EXPECT_NEAR(coin.mean, 0.3, 0.006);
}

TEST(Distributions, UniformStaysBelowOne) {
  RandomStream r(1, "edge", 0);
  for (int i = 0; i < 1'000'000; ++i) {
    const double x = r.uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
  }
}

TEST(Distributions, IntegerReachesBothEndsEvenly) {
  RandomStream r(1, "integer", 0);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts[static_cast<std::size_t>(r.integer(-2, 3) + 2)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(r.integer(7, 7), 7);
  EXPECT_NO_THROW(r.integer(INT64_MIN, INT64_MAX));
}

TEST(Distributions, ShuffleGivesEveryOrderEvenly) {
  RandomStream r(1, "shuffle", 0);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) {
    std::array<int, 3> items{0, 1, 2};
    r.shuffle(std::span<int>(items));
    ASSERT_TRUE(std::is_permutation(items.begin(), items.end(), std::array{0, 1, 2}.begin()));
    ++counts[static_cast<std::size_t>(items[0] * 2 + (items[1] > items[2] ? 1 : 0))];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Distributions, BadParametersAreBrokenInvariants) {
  RandomStream r(1, "bad", 0);
  EXPECT_THROW(r.exponential(0), BrokenInvariant);
  EXPECT_THROW(r.normal(0, -1), BrokenInvariant);
  EXPECT_THROW(r.lognormal(0, -1), BrokenInvariant);
  EXPECT_THROW(r.integer(1, 0), BrokenInvariant);
}

TEST(Distributions, RecordedValues) {
  RandomStream r(42, "recorded", 0);
  EXPECT_DOUBLE_EQ(r.uniform(), 0.37141757315672841);
  EXPECT_DOUBLE_EQ(r.exponential(2), 2.0383716983728992);
  EXPECT_DOUBLE_EQ(r.normal(1, 2), 0.56240304591595691);
  EXPECT_DOUBLE_EQ(r.lognormal(0, 1), 1.227129376998044);
  EXPECT_EQ(r.integer(0, 1'000'000), 331241);
}

}  // namespace
}  // namespace windtunnel::sim
