// Checks the memory of frames: alignment, no block handed out twice, reuse, and blocks that end on another thread than
// they began. Under AddressSanitizer blocks come from the heap and only the first of these is meaningful.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "sim/frame_pool.h"

namespace windtunnel::sim::detail {
namespace {

TEST(FramePool, BlocksAreAlignedAndApart) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  const std::size_t before = frame_bytes();
  for (int round = 0; round < 200; ++round) {
    for (const std::size_t size : {1, 16, 17, 96, 100, 1024, 1025, 5000}) {
      auto* block = static_cast<unsigned char*>(allocate_frame(size));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
      std::memset(block, round, size);
      blocks.emplace_back(block, size);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t k = 0; k < blocks[i].second; ++k) ASSERT_EQ(blocks[i].first[k], i / 8);
  }
  for (const auto& [block, size] : blocks) release_frame(block, size);
  EXPECT_EQ(frame_bytes(), before);
}

TEST(FramePool, ThreadsPassBlocksOn) {
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) blocks.push_back(allocate_frame(64));
  }).join();
  EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), 1000u);
  std::thread([&] {
    for (void* block : blocks) release_frame(block, 64);
  }).join();
  std::vector<void*> again;
  std::thread([&] {
    for (int i = 0; i < 2000; ++i) again.push_back(allocate_frame(64));
    EXPECT_EQ(std::set<void*>(again.begin(), again.end()).size(), 2000u);
    for (void* block : again) release_frame(block, 64);
  }).join();
}

}  // namespace
}  // namespace windtunnel::sim::detail
