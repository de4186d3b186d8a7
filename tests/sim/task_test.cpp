// Checks tasks within a process: results, exceptions, ownership, and that chains of a million use no stack, in any
// build.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "sim/simulation.h"
#include "tests/sim/actors.h"

namespace windtunnel::sim {
namespace {

Task<int> immediate(int x) { co_return x; }

TEST(Tasks, ResultsAndExceptionsReachTheAwaiter) {
  Simulation s;
  int sum = 0;
  std::string caught;
  const auto body = [&]() -> Task<> {
    sum += co_await immediate(1);
    sum += co_await delayed(s, 2);
    sum += *co_await boxed(4);
    Task<int> later = delayed(s, 8);
    co_await s.delay(1ns);
    sum += co_await std::move(later);
    EXPECT_FALSE(later);
    try {
      co_await failing(s);
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(sum, 15);
  EXPECT_EQ(caught, "inner");
  EXPECT_EQ(s.now(), Time{4ns});
}

TEST(Tasks, AwaitedTwiceIsABrokenInvariant) {
  Simulation s;
  const auto body = [&]() -> Task<> {
    Task<int> task = immediate(1);
    co_await std::move(task);
    co_await std::move(task);
  };
  s.spawn(body());
  EXPECT_THROW(s.run(), BrokenInvariant);
}

TEST(Tasks, NeverStartedOnlyGivesItsArgumentsBack) {
  const auto shared = std::make_shared<int>(1);
  {
    const auto body = [](std::shared_ptr<int>) -> Task<> { co_return; };
    const Task<> task = body(shared);
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

Task<int> count_down(int n) {
  if (n == 0) co_return 0;
  co_return 1 + co_await count_down(n - 1);
}

Task<int> dig(Simulation& s, int n) {
  if (n == 0) {
    co_await s.delay(1h);
    throw std::runtime_error("bottom");
  }
  co_return 1 + co_await dig(s, n - 1);
}

TEST(Tasks, AMillionInALoopUseNoStack) {
  Simulation s;
  std::int64_t sum = 0;
  const auto body = [&]() -> Task<> {
    for (int i = 0; i < 1'000'000; ++i) sum += co_await immediate(1);
  };
  s.spawn(body());
  s.run();
  EXPECT_EQ(sum, 1'000'000);
}

TEST(Tasks, AMillionDeepUseNoStack) {
  Simulation s;
  int depth = 0;
  const auto body = [&]() -> Task<> { depth = co_await count_down(1'000'000); };
  s.spawn(body());
  s.run();
  EXPECT_EQ(depth, 1'000'000);
}

TEST(Tasks, AMillionDeepCanBeKilled) {
  Simulation s;
  const auto body = [&]() -> Task<> { co_await dig(s, 1'000'000); };
  const Process process = s.spawn(body());
  s.run_until(Time{1s});
  process.kill();
  EXPECT_TRUE(process.done());
  s.run();
  EXPECT_EQ(s.now(), Time{1s});
}

TEST(Tasks, AnExceptionClimbsTenThousandLevels) {
  Simulation s;
  bool caught = false;
  const auto body = [&]() -> Task<> {
    try {
      co_await dig(s, 10'000);
    } catch (const std::runtime_error&) {
      caught = true;
    }
  };
  s.spawn(body());
  s.run();
  EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace windtunnel::sim
