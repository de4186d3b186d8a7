// Checks the table of sizes by key against std::map on random operations, and what it takes per value.
#include "models/keyed_memory.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace windtunnel::models {
namespace {

TEST(KeyedMemoryTest, AValueTakesThePlaceOfTheOneBefore) {
  KeyedMemory memory;
  memory.put(7, {100});
  memory.put(8, {0});
  memory.put(7, {30});
  EXPECT_EQ(memory.total(), Bytes{30});
  EXPECT_EQ(memory.count(), 2u);
  EXPECT_TRUE(memory.holds(8)) << "also of 0 bytes";
  EXPECT_EQ(memory.size(7), Bytes{30});
  memory.erase(7);
  memory.erase(7);
  EXPECT_FALSE(memory.holds(7));
  EXPECT_EQ(memory.size(7), Bytes{0});
  EXPECT_EQ(memory.total(), Bytes{0});
  memory.clear();
  EXPECT_EQ(memory.count(), 0u);
  EXPECT_FALSE(memory.holds(8));
}

TEST(KeyedMemoryTest, KindsAndNumbersMakeDifferentKeys) {
  EXPECT_NE(key_of(0, 1), key_of(1, 0));
  EXPECT_NE(key_of(2, 5), key_of(2, 6));
  EXPECT_EQ(key_of(2, 5), key_of(2, 5));
}

// Few keys, so that they meet; a table that loses or doubles one differs from the map.
TEST(KeyedMemoryTest, IsAMapWhateverTheOrder) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t keys = 1 + random() % 60;
    KeyedMemory memory;
    std::map<Key, std::int64_t> expected;
    for (int step = 0; step < 400; ++step) {
      const Key key = key_of(static_cast<std::uint8_t>(random() % 3), random() % keys);
      if (random() % 3 == 0) {
        memory.erase(key);
        expected.erase(key);
      } else {
        const auto size = static_cast<std::int64_t>(random() % 1000);
        memory.put(key, {size});
        expected[key] = size;
      }
      ASSERT_EQ(memory.count(), expected.size()) << "seed " << seed;
    }
    std::int64_t total = 0;
    for (const auto& [key, size] : expected) {
      ASSERT_EQ(memory.size(key), Bytes{size}) << "seed " << seed;
      total += size;
    }
    for (std::uint8_t kind = 0; kind < 3; ++kind) {
      for (std::uint64_t i = 0; i < keys; ++i) {
        const Key key = key_of(kind, i);
        ASSERT_EQ(memory.holds(key), expected.contains(key)) << "seed " << seed;
      }
    }
    ASSERT_EQ(memory.total(), Bytes{total}) << "seed " << seed;
  }
}

TEST(KeyedMemoryTest, TakesLittleMorePerValueThanTheValueItself) {
  KeyedMemory memory;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    memory.put(key_of(1, i), {1});
    if (i < 100) continue;  // the first places come in larger steps
    ASSERT_LE(memory.table_bytes(), 24 * memory.count()) << i;
  }
}

}  // namespace
}  // namespace windtunnel::models
