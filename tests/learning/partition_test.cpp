// Checks the partitions' promises on many sizes and seeds (complete, disjoint, nobody without a sample, nothing but the
// arguments counts) and what each is for: iid deals equally, dirichlet's alpha sets the inequality, by_label the
// classes. Does not check the Dirichlet shares' distribution beyond their mean inequality.
#include "learning/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "learning/by_label.h"
#include "learning/dirichlet.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

using ::testing::HasSubstr;

std::vector<std::int64_t> cyclic_labels(std::int64_t n, std::int64_t classes) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back(i * 7 % classes);
  return labels;
}

// What is wrong with `shards` as a partition of n samples; empty when nothing is.
std::string fault(const Shards& shards, std::int64_t n) {
  std::vector<int> owners(static_cast<std::size_t>(n));
  for (const auto& shard : shards) {
    if (shard.empty()) return "a worker has no sample";
    if (!std::is_sorted(shard.begin(), shard.end())) return "a shard is not ascending";
    for (std::int64_t sample : shard) {
      if (sample < 0 || sample >= n) return "no such sample";
      ++owners[static_cast<std::size_t>(sample)];
    }
  }
  for (int count : owners) {
    if (count != 1) return "a sample has not exactly one owner";
  }
  return "";
}

TEST(PartitionChecker, CanFail) {
  EXPECT_EQ(fault({{0, 1}, {2}}, 3), "");
  EXPECT_EQ(fault({{0, 1}, {}}, 2), "a worker has no sample");
  EXPECT_EQ(fault({{0, 1}, {1, 2}}, 3), "a sample has not exactly one owner");
  EXPECT_EQ(fault({{0}, {2}}, 3), "a sample has not exactly one owner");
  EXPECT_EQ(fault({{1, 0}}, 2), "a shard is not ascending");
}

TEST(Partitions, KeepTheirPromises) {
  for (const Option<Partition>& entry : partitions()) {
    for (const std::int64_t n : {10, 57, 1000}) {
      const auto labels = cyclic_labels(n, 5);
      for (const int workers : {1, 3, 10}) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
          SCOPED_TRACE(testing::Message() << entry.name << " n " << n << " workers " << workers << " seed " << seed);
          const auto partition = entry.make();
          if (auto* by_label = dynamic_cast<ByLabel*>(partition.get())) by_label->labels_per_worker = 5;
          const PartitionInput input{.labels = labels, .classes = 5, .workers = workers, .seed = seed};
          Shards shards;
          try {
            shards = partition->split(input);
          } catch (const InputError&) {
            ASSERT_EQ(entry.name, "by_label");  // two samples of a class cannot reach ten workers
            ASSERT_EQ(n, 10);
            continue;
          }
          ASSERT_EQ(shards.size(), static_cast<std::size_t>(workers));
          ASSERT_EQ(fault(shards, n), "");
          ASSERT_EQ(partition->split(input), shards);
        }
      }
    }
  }
}

TEST(Partitions, DifferBySeed) {
  const auto labels = cyclic_labels(200, 10);
  for (const Option<Partition>& entry : partitions()) {
    const auto partition = entry.make();
    if (auto* by_label = dynamic_cast<ByLabel*>(partition.get())) by_label->labels_per_worker = 4;
    const auto with = [&](std::uint64_t seed) {
      return partition->split({.labels = labels, .classes = 10, .workers = 4, .seed = seed});
    };
    EXPECT_NE(with(1), with(2)) << entry.name;
  }
}

TEST(Partitions, RefuseMoreWorkersThanSamples) {
  const auto labels = cyclic_labels(3, 3);
  for (const Option<Partition>& entry : partitions()) {
    EXPECT_THAT(
        message_of<InputError>([&] { entry.make()->split({.labels = labels, .classes = 3, .workers = 4, .seed = 0}); }),
        HasSubstr("3 training samples cannot be dealt to 4 workers"))
        << entry.name;
  }
}

TEST(Iid, SharesDifferByOneAtMost) {
  const auto labels = cyclic_labels(1003, 10);
  for (const auto& shard :
       make(partitions(), "partition", "iid")->split({.labels = labels, .classes = 10, .workers = 4, .seed = 9})) {
    EXPECT_GE(shard.size(), 250U);
    EXPECT_LE(shard.size(), 251U);
  }
}

// Mean over the workers of the share of a worker's most frequent class.
double purity(double alpha) {
  Dirichlet dirichlet;
  dirichlet.alpha = alpha;
  const auto labels = cyclic_labels(10'000, 10);
  double sum = 0;
  const Shards shards = dirichlet.split({.labels = labels, .classes = 10, .workers = 10, .seed = 3});
  for (const auto& shard : shards) {
    std::vector<double> count(10);
    for (std::int64_t sample : shard) ++count[static_cast<std::size_t>(labels[static_cast<std::size_t>(sample)])];
    sum += *std::max_element(count.begin(), count.end()) / static_cast<double>(shard.size());
  }
  return sum / static_cast<double>(shards.size());
}

TEST(Dirichlet, AlphaSetsTheInequality) {
  EXPECT_LT(purity(1e5), 0.11);  // equal shares: one tenth
  EXPECT_GT(purity(0.5), 0.2);
  EXPECT_LT(purity(0.5), 0.7);
  EXPECT_GT(purity(0.001), 0.7);  // a class goes to one worker; a worker may get several
}

TEST(ByLabel, WorkersHoldSoManyClasses) {
  const auto labels = cyclic_labels(1000, 10);
  ByLabel by_label;
  by_label.labels_per_worker = 3;
  for (const auto& shard : by_label.split({.labels = labels, .classes = 10, .workers = 7, .seed = 1})) {
    std::set<std::int64_t> held;
    for (std::int64_t sample : shard) held.insert(labels[static_cast<std::size_t>(sample)]);
    EXPECT_EQ(held.size(), 3U);
  }
}

TEST(ByLabel, SaysWhatCannotBe) {
  const auto labels = cyclic_labels(1000, 10);
  ByLabel by_label;
  const auto said = [&](std::int64_t per_worker, int workers) {
    by_label.labels_per_worker = per_worker;
    return message_of<InputError>(
        [&] { by_label.split({.labels = labels, .classes = 10, .workers = workers, .seed = 1}); });
  };
  EXPECT_THAT(said(11, 4), HasSubstr("the data have 10 classes only"));
  EXPECT_THAT(said(2, 4), HasSubstr("labels_per_worker must be at least 3"));

  std::vector<std::int64_t> rare(1000, 0);  // class 1 has one sample, and would have half of the workers
  rare.back() = 1;
  by_label.labels_per_worker = 1;
  EXPECT_THAT(message_of<InputError>([&] { by_label.split({.labels = rare, .classes = 2, .workers = 4, .seed = 1}); }),
              HasSubstr("too few samples"));
}

}  // namespace
}  // namespace windtunnel::learning
