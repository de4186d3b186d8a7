// Checks the event queue against a std::priority_queue with sequence numbers, node for node, under random and hostile
// sequences, with limits and removals; and the graveyard against a std::multiset. Does not measure speed (bench/).
#include <gtest/gtest.h>

#include <functional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/event_queue.h"
#include "sim/graveyard.h"
#include "sim/random.h"

namespace windtunnel::sim::detail {
namespace {

/// The slow reference: a heap by (time, sequence).
class Reference {
 public:
  void push(Node node) { heap_.push({node.time, sequence_++, node.payload}); }
  bool pop(std::int64_t limit, Node& out) {
    if (heap_.empty() || heap_.top().time > limit) return false;
    out = {heap_.top().time, heap_.top().payload};
    heap_.pop();
    return true;
  }
  template <class Dead>
  void erase_if(Dead dead) {
    std::vector<Entry> all;
    for (; !heap_.empty(); heap_.pop()) all.push_back(heap_.top());
    for (const Entry& e : all) {
      if (!dead(Node{e.time, e.payload})) heap_.push(e);
    }
  }
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    std::int64_t time;
    std::uint64_t sequence;
    std::uint64_t payload;
    bool operator>(const Entry& other) const {
      return std::pair(time, sequence) > std::pair(other.time, other.sequence);
    }
  };
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::uint64_t sequence_ = 0;
};

/// How far ahead of the present the next push lies.
using Ahead = std::function<std::int64_t(RandomStream&)>;

struct Plan {
  const char* name;
  Ahead ahead;
  int pending;
  int steps;
};

std::int64_t magnitude(RandomStream& random) {
  // Any power of two up to 2^52 ns (52 days), plus noise, so that every level of the ladder is used.
  const std::int64_t bit = std::int64_t{1} << random.integer(0, 52);
  return random.integer(0, bit);
}

std::vector<Plan> plans() {
  const auto exponential = [](double mean) {
    return [mean](RandomStream& r) { return static_cast<std::int64_t>(r.exponential(mean)); };
  };
  return {
      {"hold, few", exponential(1e6), 10, 20'000},
      {"hold, some", exponential(1e6), 1'000, 50'000},
      {"hold, many", exponential(1e9), 50'000, 150'000},
      {"dense: several events per nanosecond", exponential(100), 5'000, 50'000},
      {"one nanosecond steps", [](RandomStream&) { return std::int64_t{1}; }, 100, 20'000},
      {"zero and one", [](RandomStream& r) { return r.integer(0, 1); }, 100, 20'000},
      {"all ties, far", [](RandomStream&) { return std::int64_t{1'000'000}; }, 3'000, 20'000},
      {"ties on a grid", [](RandomStream& r) { return r.integer(0, 9) * 4096; }, 2'000, 50'000},
      {"digit borders", [](RandomStream& r) { return (std::int64_t{1} << (6 * r.integer(0, 8))) - r.integer(0, 1); },
       500, 50'000},
      {"every magnitude", magnitude, 1'000, 100'000},
      {"huge jumps", [](RandomStream& r) { return r.bernoulli(0.01) ? std::int64_t{1} << 45 : r.integer(0, 3); }, 200,
       50'000},
      {"bunched below one far event", [](RandomStream& r) { return r.integer(0, 40); }, 64, 50'000},
  };
}

/// Runs a plan on a queue and on the reference; says where they first differ, or nothing.
template <class Queue>
std::string first_difference(const Plan& plan) {
  RandomStream random(7, plan.name, 0);
  Queue queue;
  Reference reference;
  std::uint64_t payload = 0;
  const auto push = [&](std::int64_t time) {
    const Node node{time, ++payload};
    queue.push(node);
    reference.push(node);
  };
  for (int i = 0; i < plan.pending; ++i) push(plan.ahead(random));
  for (int i = 0; reference.size() > 0; ++i) {
    Node got{}, want{};
    reference.pop(EventQueue::forever, want);
    if (!queue.pop(EventQueue::forever, got) || got != want) {
      return "step " + std::to_string(i) + ": got " + std::to_string(got.time) + "/" + std::to_string(got.payload) +
             ", want " + std::to_string(want.time) + "/" + std::to_string(want.payload);
    }
    // On average one push per pop, in bursts; in the end the queue runs empty.
    if (i < plan.steps && (random.bernoulli(0.5) || queue.size() == 0)) {
      for (int k = 0; k < 2; ++k) push(want.time + plan.ahead(random));
    }
    if (queue.size() != reference.size()) return "step " + std::to_string(i) + ": size";
  }
  return "";
}

TEST(EventQueue, AgreesWithTheReference) {
  for (const Plan& plan : plans()) EXPECT_EQ(first_difference<EventQueue>(plan), "") << plan.name;
}

/// A queue that forgets who came first among equal times.
class Unfair {
 public:
  void push(Node node) { nodes_.insert({node.time, ~node.payload}); }
  bool pop(std::int64_t, Node& out) {
    const auto first = nodes_.begin();
    out = {first->first, ~first->second};
    nodes_.erase(first);
    return true;
  }
  std::size_t size() const { return nodes_.size(); }

 private:
  std::set<std::pair<std::int64_t, std::uint64_t>> nodes_;
};

TEST(EventQueue, TheComparisonFindsAWrongOrderAmongTies) {
  int found = 0;
  for (const Plan& plan : plans()) found += first_difference<Unfair>(plan).empty() ? 0 : 1;
  EXPECT_GE(found, 6);
}

TEST(EventQueue, AgreesWithLimitsAndRemovals) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    RandomStream random(seed, "limits", 0);
    EventQueue queue;
    Reference reference;
    std::int64_t now = 0;
    std::uint64_t payload = 0;
    for (int i = 0; i < 3'000; ++i) {
      const int burst = static_cast<int>(random.integer(0, i % 500 == 0 ? 200 : 3));
      for (int k = 0; k < burst; ++k) {
        const Node node{now + magnitude(random) % 1'000'000, ++payload};
        queue.push(node);
        reference.push(node);
      }
      const std::int64_t limit = now + magnitude(random) % 300'000;
      for (;;) {
        Node got{}, want{};
        const bool some = reference.pop(limit, want);
        ASSERT_EQ(queue.pop(limit, got), some);
        if (!some) break;
        ASSERT_EQ(got, want);
        now = got.time;
        if (random.bernoulli(0.3)) {
          const Node node{now + random.integer(0, 100), ++payload};
          queue.push(node);
          reference.push(node);
        }
      }
      now = limit;
      queue.advance(limit);
      if (i % 100 == 50) {
        const std::uint64_t residue = static_cast<std::uint64_t>(random.integer(0, 4));
        const auto dead = [residue](Node node) { return node.payload % 5 == residue; };
        queue.erase_if(dead);
        reference.erase_if(dead);
        ASSERT_EQ(queue.size(), reference.size());
      }
    }
  }
}

TEST(EventQueue, EmptyOneMayStartAgainEarlier) {
  EventQueue queue;
  Node node{};
  queue.push({1'000'000, 1});
  ASSERT_TRUE(queue.pop(EventQueue::forever, node));
  queue.advance(5);  // what was popped was dead, so the present is still 5
  queue.push({7, 2});
  queue.push({5, 3});
  ASSERT_TRUE(queue.pop(EventQueue::forever, node));
  EXPECT_EQ(node, (Node{5, 3}));
  ASSERT_TRUE(queue.pop(EventQueue::forever, node));
  EXPECT_EQ(node, (Node{7, 2}));
}

TEST(EventQueue, TheEndOfTime) {
  EventQueue queue;
  const std::int64_t last = EventQueue::forever;
  queue.push({last, 1});
  queue.push({last - 1, 2});
  queue.push({last, 3});
  queue.push({0, 4});
  std::vector<std::uint64_t> order;
  for (Node node{}; queue.pop(last, node);) {
    order.push_back(node.payload);
    if (node.payload == 2) queue.push({last, 5});
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{4, 2, 1, 3, 5}));
}

TEST(EventQueue, MemoryIsGivenOutAgain) {
  EventQueue queue;
  RandomStream random(1, "memory", 0);
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) queue.push({random.integer(0, 1'000'000), i});
  const auto hold = [&](int n) {
    for (int i = 0; i < n; ++i) {
      Node node{};
      ASSERT_TRUE(queue.pop(EventQueue::forever, node));
      now = node.time;
      queue.push({now + static_cast<std::int64_t>(random.exponential(500'000)), node.payload});
    }
  };
  hold(100'000);
  const std::size_t bytes = queue.bytes();
  hold(500'000);
  EXPECT_LE(queue.bytes(), bytes + bytes / 10);
}

TEST(Graveyard, AgreesWithAMultiset) {
  Graveyard graveyard;
  std::multiset<std::pair<std::int64_t, std::uint64_t>> reference;
  RandomStream random(3, "graveyard", 0);
  for (int i = 0; i < 200'000; ++i) {
    const Node node{random.integer(0, 30), static_cast<std::uint64_t>(random.integer(0, 30)) * 16};
    if (random.bernoulli(i % 20'000 < 10'000 ? 0.6 : 0.4)) {
      graveyard.bury(node);
      reference.emplace(node.time, node.payload);
    } else {
      const auto found = reference.find({node.time, node.payload});
      ASSERT_EQ(graveyard.exhume(node), found != reference.end());
      if (found != reference.end()) reference.erase(found);
    }
    ASSERT_EQ(graveyard.size(), reference.size());
  }
}

}  // namespace
}  // namespace windtunnel::sim::detail
