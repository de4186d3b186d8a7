// The pool runs every job once, hands back results and exceptions, and finishes what is queued before it goes. Speed is not
// measured here.
#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>

#include "base/error.h"

namespace windtunnel {
namespace {

TEST(ThreadPool, RunsEveryJobOnce) {
  ThreadPool pool(3);
  std::vector<std::future<int>> results;
  for (int i = 0; i < 500; ++i) results.push_back(pool.submit([i] { return i * i; }));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), i * i);
}

TEST(ThreadPool, OneThreadServesFirstComeFirstServed) {
  std::vector<int> order;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 100; ++i) pool.submit([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100U) << "what is queued is run before the pool is gone";
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(ThreadPool, CarriesExceptions) {
  ThreadPool pool(2);
  auto bad = pool.submit([]() -> int { throw std::runtime_error("no"); });
  auto good = pool.submit([] { return 1; });
  EXPECT_THROW(bad.get(), std::runtime_error);
  EXPECT_EQ(good.get(), 1) << "the thread lives on";
}

TEST(ThreadPool, JobsRunAtTheSameTime) {
  ThreadPool pool(2);
  std::promise<void> first_runs, second_runs;
  auto first = pool.submit([&] {
    first_runs.set_value();
    second_runs.get_future().wait();
  });
  auto second = pool.submit([&] {
    first_runs.get_future().wait();
    second_runs.set_value();
  });
  first.get();  // would wait for ever on one thread
  second.get();
}

TEST(ThreadPool, TakesJobsThatCannotBeCopied) {
  ThreadPool pool(1);
  auto value = std::make_unique<int>(7);
  EXPECT_EQ(pool.submit([value = std::move(value)] { return *value; }).get(), 7);
}

TEST(ThreadPool, NeedsAThread) {
  EXPECT_THROW(ThreadPool(0), BrokenInvariant);
  EXPECT_EQ(ThreadPool(2).threads(), 2);
}

TEST(Error, ExitCodes) {
  EXPECT_EQ(RunError("").exit_code(), 1);
  EXPECT_EQ(InputError("").exit_code(), 2);
  EXPECT_EQ(MissingError("").exit_code(), 3);
}

TEST(Error, ChecksNameThePlace) {
  try {
    check(false, "a promise");
    FAIL();
  } catch (const BrokenInvariant& e) {
    EXPECT_NE(std::string(e.what()).find("thread_pool_test.cpp"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("a promise"), std::string::npos);
  }
  EXPECT_NO_THROW(check(true, ""));
}

}  // namespace
}  // namespace windtunnel
