// Checks that equal data sets are loaded once and held once, by problems of any plan, and that the shelf lets go what
// nobody holds. Does not check what is loaded: see datasets_test.cpp.
#include "learning/data_shelf.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "base/error.h"
#include "settings.h"

namespace windtunnel::learning {
namespace {

Choice<Dataset> synthetic(double train) {
  Choice<Dataset> dataset{datasets(), "synthetic"};
  set(dataset, {{"train", train}, {"test", 5}, {"size", 4}});
  return dataset;
}

TEST(DataShelf, HoldsOneCopyOfEqualDataSets) {
  DataShelf shelf;
  const auto first = shelf.of(synthetic(20));
  EXPECT_EQ(first->train.count(), 20);
  EXPECT_EQ(shelf.of(synthetic(20)), first) << "chosen twice, loaded once";
  EXPECT_NE(shelf.of(synthetic(21)), first);
  EXPECT_EQ(shelf.of(synthetic(20)), first) << "still held";
}

TEST(DataShelf, TellsDataSetsApartByEverySetting) {
  DataShelf shelf;
  const auto first = shelf.of(synthetic(20));
  struct EachSetting final : Fields {
    void field(Field field) override {
      std::visit(
          [this](auto& target) {
            using T = std::remove_cvref_t<decltype(target)>;
            if constexpr (std::is_same_v<T, std::int64_t*> || std::is_same_v<T, double*>) {
              if (seen++ == changed) *target += 1;
            } else if constexpr (std::is_same_v<T, Word>) {
              if (seen++ == changed) *target.index = 0;
            }
          },
          field.target);
    }
    int changed = 0, seen = 0;
  };
  for (int changed = 0; changed < 7; ++changed) {
    Choice<Dataset> other = synthetic(20);
    EachSetting setter;
    setter.changed = changed;
    other.describe(setter);
    EXPECT_EQ(setter.seen, 7);
    EXPECT_NE(shelf.of(other), first) << changed;
  }
}

TEST(DataShelf, LetsGoWhatNobodyHoldsButTheLast) {
  DataShelf shelf;
  const std::weak_ptr<const Data> small = shelf.of(synthetic(20));
  EXPECT_FALSE(small.expired()) << "kept for the next run";
  const std::weak_ptr<const Data> other = shelf.of(synthetic(21));
  EXPECT_TRUE(small.expired());
  EXPECT_FALSE(other.expired());
}

TEST(DataShelf, IsSharedByProblemsOfAnyPlan) {
  DataShelf shelf;
  TorchLearning learning = on_synthetic("mlp", {{"train", 50}, {"test", 5}, {"size", 4}});
  std::vector<std::shared_ptr<const Problem>> problems;
  for (std::uint64_t seed = 0; seed < 5; ++seed) problems.push_back(learning.problem({.workers = 2, .seed = seed}, shelf));
  const std::shared_ptr<const Data> data = shelf.of(learning.dataset);
  EXPECT_EQ(data.use_count(), 5 + 2) << "of the problems, of the shelf and of this test";
  problems.resize(2);
  EXPECT_EQ(data.use_count(), 2 + 2);
}

TEST(DataShelf, LoadsOnceForThreadsThatAskAtOnce) {
  DataShelf shelf;
  std::vector<std::future<std::shared_ptr<const Data>>> asking;
  for (int i = 0; i < 4; ++i) asking.push_back(std::async(std::launch::async, [&] { return shelf.of(synthetic(300)); }));
  const auto first = asking[0].get();
  for (int i = 1; i < 4; ++i) EXPECT_EQ(asking[static_cast<std::size_t>(i)].get(), first);
}

TEST(DataShelf, KeepsNothingOfADataSetThatCannotBeLoaded) {
  DataShelf shelf;
  const Choice<Dataset> absent{datasets(), "mnist"};  // its path is empty
  EXPECT_THROW(shelf.of(absent), InputError);
  EXPECT_THROW(shelf.of(absent), InputError) << "and again, not a null";
}

}  // namespace
}  // namespace windtunnel::learning
