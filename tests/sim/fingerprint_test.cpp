// Checks that the fingerprint has the recorded values (so that it is the same on every machine and in every version)
// and that it changes with everything that should count.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "sim/fingerprint.h"

namespace windtunnel::sim {
namespace {

template <class... Values>
std::string of(Values... values) {
  Fingerprint f;
  (f.add(values), ...);
  return f.hex();
}

TEST(Fingerprints, RecordedValues) {
  EXPECT_EQ(of(), "8cb9463e7cde12e7");
  EXPECT_EQ(of(0), "4385cbde243e698a");
  EXPECT_EQ(of(1, 2, 3), "e9b56fb1abba7cb5");
  EXPECT_EQ(of("windtunnel"), "eb347ae6093d7133");
  EXPECT_EQ(of(0.1), "929a2b869be087dd");
}

TEST(Fingerprints, ValueAndHexAgree) {
  Fingerprint f;
  f.add(7);
  EXPECT_EQ(std::stoull(f.hex(), nullptr, 16), f.value());
  EXPECT_EQ(f.hex().size(), 16u);
}

TEST(Fingerprints, OrderNumberAndValueCount) {
  const std::set<std::string> distinct{
      of(),      of(0),  of(0, 0),      of(1, 2),      of(2, 1), of("ab"), of("a", "b"),
      of("abc"), of(""), of("a", "bc"), of("ab", "c"), of(-1),   of(1.0),  of(1.0 + 1e-16 * 3)};
  EXPECT_EQ(distinct.size(), 14u);
}

TEST(Fingerprints, DoublesByValue) {
  EXPECT_EQ(of(0.0), of(-0.0));
  EXPECT_EQ(of(std::nan("1")), of(-std::numeric_limits<double>::quiet_NaN()));
  EXPECT_NE(of(1.0), of(std::nextafter(1.0, 2)));
}

TEST(Fingerprints, OneBitChangesHalfTheBits) {
  double flipped = 0;
  for (int bit = 0; bit < 64; ++bit) {
    Fingerprint a, b;
    a.add(12345);
    b.add(12345 ^ (std::uint64_t{1} << bit));
    flipped += std::popcount(a.value() ^ b.value());
  }
  EXPECT_NEAR(flipped / 64, 32, 3);
}

TEST(Fingerprints, BothValuesOfAPairCount) {
  const auto pair = [](std::uint64_t x, std::uint64_t y) {
    Fingerprint f;
    f.add_pair(x, y);
    return f.value();
  };
  std::set<std::uint64_t> distinct;
  for (std::uint64_t x = 0; x < 100; ++x) {
    for (std::uint64_t y = 0; y < 100; ++y) distinct.insert(pair(x, y));
  }
  EXPECT_EQ(distinct.size(), 10'000u);
}

}  // namespace
}  // namespace windtunnel::sim
