// Checks promised values: the work is done once, by whoever comes first, and everybody sees all of it; a process that
// is forked meanwhile finds every promise kept; results written over their own inputs have the bits of results written
// beside them; who may be written over. Meant to be run under ThreadSanitizer too. Does not check Redis
// (in_place_test.cpp does).
#include "tensordb/promise.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "tensordb/native_math.h"
#include "tests/tensordb/threads/fake_server.h"
#include "tests/tensordb/threads/fixtures.h"

namespace windtunnel::tensordb {
namespace {

constexpr std::size_t length = 300'001;

class PromiseTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { FakeServer::instance(); }  // memory comes from there
};

TEST_F(PromiseTest, IsKeptOnceAndSeenWhole) {
  for (int round = 0; round < 50; ++round) {
    std::vector<int> written(1000, 0);  // plain: a reader who did not wait shows in ThreadSanitizer
    const auto held = std::make_shared<int>(0);
    const auto promise = Promise::of([&written, held] {
      for (int& each : written) ++each;
    });
    EXPECT_FALSE(promise->kept());
    at_once(4, [&](int) {
      promise->keep();
      EXPECT_TRUE(promise->kept());
      EXPECT_EQ(held.use_count(), 1) << "what the work held is let go first";
      EXPECT_EQ(std::count(written.begin(), written.end(), 1), 1000);
    });
  }
}

TEST_F(PromiseTest, AChildProcessFindsEveryPromiseKept) {
  for (int round = 0; round < 10; ++round) {
    std::vector<TensorRef> values;
    const NamedOptimizer sgd("sgd", {{"learning_rate", "1"}});
    for (int i = 0; i < 4; ++i) values.push_back(promised(step(workers(), sgd, tensor(length, i), tensor(length, i))));
    std::atomic<bool> at_it = false;
    std::thread worker([&] {
      at_it = true;
      for (const TensorRef& value : values) value->content();
    });
    while (!at_it) std::this_thread::yield();
    const pid_t child = fork();
    if (child == 0) {
      // No thread of the parent's is here, and no test library's either.
      const auto zero = [](std::byte b) { return b == std::byte{0}; };
      const bool right = std::all_of(values.begin(), values.end(), [&](const TensorRef& value) {
        return !value->pending() && std::all_of(value->bytes().begin(), value->bytes().end(), zero);
      });
      _exit(right ? 0 : 1);
    }
    worker.join();
    ASSERT_GT(child, 0);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

/// A step of each kind, always on the value that the last one left.
class Walk {
 public:
  explicit Walk(Place place) : place_(place) {
    for (int i = 1; i <= 3; ++i) gradients_.push_back(tensor(length, i));
  }
  void step(int which) {
    Plan plan = [&] {
      switch (which % 6) {
        case 0:
          return accumulate(workers(), value_, gradients_[0], allowed());
        case 1:
          return accumulate(workers(), value_, gradients_[1], allowed());
        case 2:
          return tensordb::step(workers(), {"momentum", {}}, value_, gradients_[2], allowed());
        case 3:
          return step_by_aggregate(workers(), {"momentum", {}}, value_, {"mean", {}}, {gradients_}, allowed());
        case 4:
          return tensordb::step(workers(), {"adam", {}}, value_, gradients_[1], allowed());
        default:
          return step_by_aggregate(workers(), {"adam", {}}, value_, {"mean", {}}, {gradients_}, allowed());
      }
    }();
    value_ = place_ == Place::over ? promised(std::move(plan)) : computed(std::move(plan));
    if (which % 2 == 0) value_->content();  // sometimes before the next step is planned, which then may be in place
    if (allowed() == Place::over) ++written_over_;
  }
  std::string bytes() const { return tensordb::bytes(value_); }
  std::int64_t steps() const { return value_->optimizer->steps; }
  int written_over() const { return written_over_; }

 private:
  Place allowed() const { return place_ == Place::over && value_ && value_->belongs_to(1) ? Place::over : Place::anew; }

  Place place_;
  std::vector<TensorRef> gradients_;
  TensorRef value_;
  int written_over_ = 0;
};

TEST_F(PromiseTest, ResultsWrittenOverTheirInputsHaveTheSameBits) {
  Walk beside(Place::anew), over(Place::over);
  for (int which = 0; which < 30; ++which) {
    beside.step(which);
    over.step(which);
    if (which % 3 == 0) {
      EXPECT_EQ(over.bytes(), beside.bytes()) << which;
    }
    EXPECT_EQ(over.steps(), beside.steps());
  }
  EXPECT_EQ(over.bytes(), beside.bytes());
  EXPECT_GT(over.written_over(), 10);
  EXPECT_EQ(beside.written_over(), 0);
}

TEST_F(PromiseTest, AnAggregateWrittenOverAnotherHasTheSameBits) {
  const std::vector<TensorRef> rows{tensor(length, 1), tensor(length, 2), tensor(length, 3)};
  const NamedRule mean("mean", {});
  const std::string wanted = bytes(computed(aggregate(workers(), mean, {rows})));
  TensorRef out = tensor(length, 9);
  const std::byte* memory = out->bytes().data();
  ASSERT_TRUE(out->belongs_to(1));
  out = promised(aggregate(workers(), mean, {rows}, Place::over, out));
  EXPECT_EQ(bytes(out), wanted);
  EXPECT_EQ(out->bytes().data(), memory);
}

TEST_F(PromiseTest, OnlyAValueWithoutOtherHoldersMayBeWrittenOver) {
  TensorRef value = tensor(length, 1);
  EXPECT_TRUE(value->belongs_to(1));
  {
    const TensorRef reader = value;
    EXPECT_FALSE(value->belongs_to(1));
    EXPECT_TRUE(value->belongs_to(2));
  }
  {
    const Ref<Buffer> memory = value->content().elements;  // as a program's input or a second tensor would hold it
    EXPECT_FALSE(value->belongs_to(1));
  }
  EXPECT_TRUE(value->belongs_to(1));
  value = promised(step(workers(), {"momentum", {}}, value, tensor(length, 2)));
  EXPECT_FALSE(value->belongs_to(1)) << "still to be computed";
  value->content();
  EXPECT_TRUE(value->belongs_to(1));
  const Ref<Buffer> velocity = value->content().vectors.at(0);
  EXPECT_FALSE(value->belongs_to(1));
}

TEST_F(PromiseTest, APromiseMayRestOnAnother) {
  TensorRef value = tensor(length, 0);
  const TensorRef gradient = promised(aggregate(workers(), {"mean", {}}, {std::vector{tensor(length, 5)}}));
  for (int i = 0; i < 5; ++i) {
    value = promised(step(workers(), {"sgd", {{"learning_rate", "1"}}}, value, gradient));
  }
  at_once(3, [&](int) { value->content(); });
  const TensorRef first = tensor(length, 0);
  const std::span<const float> start = first->floats(), by = gradient->floats();
  for (std::size_t i = 0; i < length; i += 1001) EXPECT_EQ(value->floats()[i], start[i] - 5 * by[i]);
}

}  // namespace
}  // namespace windtunnel::tensordb
