// Checks the worker threads and what is computed on them, without a server: nothing posted is lost, parts of a
// computation are done once, exceptions arrive, several computations at once on shared tensors give the bits of one
// thread, blocks of memory that were given back are nobody else's. Meant to be run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <thread>

#include "tensordb/block_pool.h"
#include "tensordb/native_math.h"
#include "tensordb/parallel.h"
#include "tests/tensordb/threads/fake_server.h"
#include "tests/tensordb/threads/fixtures.h"

namespace windtunnel::tensordb {
namespace {

class ThreadsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    FakeServer::instance();  // memory comes from there
    pool::set_limit(std::size_t{64} << 20);
  }
};

TEST_F(ThreadsTest, NothingPostedIsLost) {
  constexpr int posters = 4, posts = 2000;
  std::atomic<int> done = 0;
  at_once(posters, [&](int) {
    for (int i = 0; i < posts; ++i) workers().post([&] { ++done; });
  });
  while (done < posters * posts) std::this_thread::yield();
  EXPECT_EQ(workers().queued(), 0U);
}

TEST_F(ThreadsTest, EveryPartIsDoneOnce) {
  at_once(4, [](int) {
    for (std::size_t parts : {0U, 1U, 2U, 3U, 64U, 1000U}) {
      std::vector<int> times(parts, 0);
      in_parallel(workers(), parts, [&](std::size_t i) { ++times[i]; });
      EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), static_cast<int>(parts));
      EXPECT_EQ(std::count(times.begin(), times.end(), 1), static_cast<std::ptrdiff_t>(parts));
    }
  });
}

TEST_F(ThreadsTest, ExceptionsArrive) {
  at_once(4, [](int) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_THROW(in_parallel(workers(), 20,
                               [](std::size_t part) {
                                 if (part % 7 == 3) throw std::runtime_error("this part");
                               }),
                   std::runtime_error);
      EXPECT_THROW(Workers::run_apart([] { throw std::runtime_error("apart"); }), std::runtime_error);
    }
  });
}

TEST_F(ThreadsTest, ComputationsAtOnceGiveTheBitsOfOneThread) {
  constexpr std::size_t n = 300'001;
  const TensorRef weights = tensor(n, 0);
  std::vector<TensorRef> gradients;
  for (int i = 1; i <= 5; ++i) gradients.push_back(tensor(n, i));
  const NamedRule mean("mean", {}), median("median", {}), krum("krum", {{"f", "1"}});
  const NamedOptimizer adam("adam", {});
  const auto compute = [&](Workers& on, int which) {
    switch (which % 5) {
      case 0:
        return computed(aggregate(on, mean, {gradients}));
      case 1:
        return computed(aggregate(on, krum, {gradients}));
      case 2: {
        const TensorRef moved = computed(step(on, adam, weights, gradients[0]));
        return computed(step(on, adam, moved, gradients[1]));
      }
      case 3:
        return computed(step_by_aggregate(on, adam, weights, median, {gradients}));
      default: {
        TensorRef sum = computed(accumulate(on, {}, gradients[0]));
        for (int i = 1; i < 5; ++i) sum = computed(accumulate(on, sum, gradients[static_cast<std::size_t>(i)]));
        return sum;
      }
    }
  };
  Workers& one = *new Workers(1);
  std::vector<std::string> wanted;
  for (int which = 0; which < 5; ++which) wanted.push_back(bytes(compute(one, which)));
  at_once(5, [&](int thread) {
    for (int i = 0; i < 4; ++i) {
      const int which = thread + i;
      EXPECT_EQ(bytes(compute(workers(), which)), wanted[static_cast<std::size_t>(which % 5)]) << which;
    }
  });
}

TEST_F(ThreadsTest, BlocksOfThePoolAreNobodyElses) {
  constexpr std::size_t size = std::size_t{2} << 20;
  at_once(6, [](int thread) {
    for (int i = 0; i < 30; ++i) {
      const std::size_t mine = size + static_cast<std::size_t>(i % 3) * 4096;
      const Ref<Buffer> buffer = Buffer::allocate(mine);
      std::memset(buffer->mutable_data(), thread, mine);
      std::this_thread::yield();
      const auto all = buffer->bytes();
      EXPECT_TRUE(std::all_of(all.begin(), all.end(), [&](std::byte b) { return b == std::byte(thread); }));
    }
  });
  EXPECT_LE(pool::kept(), std::size_t{64} << 20);
}

TEST_F(ThreadsTest, AValueLivesAsLongAsItsLastHolder) {
  for (int i = 0; i < 200; ++i) {
    TensorRef shared = tensor(100, i);
    const std::string before = bytes(shared);
    std::atomic<int> right = 0;
    std::vector<std::thread> holders;
    for (int h = 0; h < 4; ++h) {
      holders.emplace_back([&, mine = shared] {
        if (bytes(TensorRef(mine)) == before) ++right;
      });
    }
    shared = {};
    for (std::thread& holder : holders) holder.join();
    EXPECT_EQ(right, 4);
  }
}

}  // namespace
}  // namespace windtunnel::tensordb
