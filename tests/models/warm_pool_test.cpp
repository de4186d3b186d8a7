// Checks: who is warm when, under each of the three keep-alive policies, on hand-worked times; and a random load
// against a slow reference that looks at every instance at every step. Does not check concurrency or scaling:
// platform_test does.
#include "models/warm_pool.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "models/preset.h"

namespace windtunnel::models {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

sim::Time at(double s) { return sim::Time{from_seconds(s)}; }

/// A pool of one policy, with a record of who is gone since when.
struct Pool {
  explicit Pool(Choice<KeepAlive> chosen) : policy(std::move(chosen)), pool(*policy) {}

  auto note() {
    return [this](std::uint32_t instance, sim::Time when) {
      gone.emplace_back(instance, to_seconds(when.time_since_epoch()));
    };
  }
  std::optional<std::uint32_t> take(double s) { return pool.take(at(s), note()); }
  void give(std::uint32_t instance, double s) { pool.give(instance, at(s), stream, note()); }
  std::size_t size(double s) { return pool.settle(at(s), note()), pool.size(); }

  Choice<KeepAlive> policy;
  WarmPool pool;
  sim::RandomStream stream{1, "test", 0};
  std::vector<std::pair<std::uint32_t, double>> gone;
};

using Gone = std::vector<std::pair<std::uint32_t, double>>;

TEST(WarmPool, MostRecentlyUsedFirst) {
  Pool pool(fixed_keep_alive(minutes(10)));
  EXPECT_EQ(pool.take(0), std::nullopt);
  pool.give(3, 1);
  pool.give(1, 2);
  pool.give(2, 3);
  EXPECT_EQ(pool.take(4), 2u);
  EXPECT_EQ(pool.take(4), 1u);
  pool.give(2, 5);
  EXPECT_EQ(pool.take(6), 2u);
  EXPECT_EQ(pool.take(6), 3u);
  EXPECT_EQ(pool.take(6), std::nullopt);
}

TEST(WarmPool, FixedExpiresAfterTenMinutes) {
  Pool pool(Choice<KeepAlive>(keep_alives(), "fixed"));
  pool.give(0, 0);
  pool.give(1, 100);
  EXPECT_EQ(pool.size(599.999999), 2u);
  EXPECT_EQ(pool.size(600), 1u) << "an instance whose time is up is gone";
  EXPECT_EQ(pool.take(699.9), 1u);
  pool.give(1, 700);
  EXPECT_EQ(pool.take(2000), std::nullopt);
  EXPECT_EQ(pool.gone, (Gone{{0, 600}, {1, 1300}})) << "with the time at which it happened, not that of the look";
}

TEST(WarmPool, EmpiricalMeetsTheMeasuredChances) {
  const Choice<KeepAlive> policy(keep_alives(), "empirical");
  sim::RandomStream stream(5, "test", 0);
  constexpr int draws = 100'000;
  int cold_after_5 = 0, cold_after_6 = 0, cold_after_7 = 0, cold_after_half = 0;
  for (int i = 0; i < draws; ++i) {
    const Duration lifetime = policy->lifetime(stream).value();
    cold_after_5 += lifetime <= minutes(5);
    cold_after_6 += lifetime <= minutes(6);
    cold_after_7 += lifetime <= minutes(7);
    cold_after_half += lifetime <= seconds(390);
  }
  EXPECT_NEAR(cold_after_5 / double{draws}, 0.003, 0.0008);
  EXPECT_NEAR(cold_after_6 / double{draws}, 0.41, 0.006);
  EXPECT_NEAR(cold_after_half / double{draws}, 0.705, 0.006) << "half-way from 41 % to 100 %";
  EXPECT_EQ(cold_after_7, draws);
}

TEST(WarmPool, EmpiricalExpiresOutOfOrder) {
  Pool pool(Choice<KeepAlive>(keep_alives(), "empirical"));
  sim::RandomStream same(1, "test", 0);
  std::vector<double> until;
  for (std::uint32_t i = 0; i < 50; ++i) {
    pool.give(i, i);
    until.push_back(i + to_seconds(pool.policy->lifetime(same).value()));
  }
  for (double now : {300.0, 350.0, 380.0, 400.0, 469.0}) {
    std::size_t warm = 0;
    for (double t : until) warm += t > now;
    EXPECT_EQ(pool.size(now), warm) << now;
  }
  EXPECT_EQ(pool.size(470), 0u);
  ASSERT_EQ(pool.gone.size(), 50u);
  for (const auto& [instance, when] : pool.gone) EXPECT_NEAR(when, until[instance], 1e-8);
}

TEST(WarmPool, HalvingEvictsTheOlderHalfEvery380Seconds) {
  Pool pool(Choice<KeepAlive>(keep_alives(), "halving"));
  for (std::uint32_t i = 0; i < 8; ++i) pool.give(i, 10 + i);  // the period starts at 10
  EXPECT_EQ(pool.size(389.999), 8u);
  EXPECT_EQ(pool.size(390), 4u);
  EXPECT_EQ(pool.size(769), 4u);
  EXPECT_EQ(pool.take(769), 7u);
  EXPECT_EQ(pool.size(770), 1u) << "half of three, rounded up";
  EXPECT_EQ(pool.size(1150), 0u);
  EXPECT_EQ(pool.gone, (Gone{{0, 390}, {1, 390}, {2, 390}, {3, 390}, {4, 770}, {5, 770}, {6, 1150}}));
  pool.give(7, 2000);  // a new period
  EXPECT_EQ(pool.size(2379), 1u);
  EXPECT_EQ(pool.size(2380), 0u);
}

TEST(WarmPool, SeveralMissedSweepsAllHappen) {
  Pool pool(Choice<KeepAlive>(keep_alives(), "halving"));
  for (std::uint32_t i = 0; i < 8; ++i) pool.give(i, 0);
  EXPECT_EQ(pool.size(3 * 380), 1u);
  EXPECT_EQ(pool.gone.size(), 7u);
  EXPECT_EQ(pool.gone.back().second, 3 * 380);
}

/// The same by definition: every idle instance is looked at every time.
class SlowPool {
 public:
  explicit SlowPool(const KeepAlive& policy) : policy_(policy) {}
  std::optional<std::uint32_t> take(sim::Time now) {
    drop_cold(now);
    if (idle_.empty()) return std::nullopt;
    const std::uint32_t newest = idle_.back().first;
    idle_.pop_back();
    return newest;
  }
  void give(std::uint32_t instance, sim::Time now, sim::RandomStream& stream) {
    drop_cold(now);
    idle_.emplace_back(instance, now + policy_.lifetime(stream).value());
  }

 private:
  void drop_cold(sim::Time now) {
    std::erase_if(idle_, [&](const auto& idle) { return idle.second <= now; });
  }
  const KeepAlive& policy_;
  std::vector<std::pair<std::uint32_t, sim::Time>> idle_;
};

TEST(WarmPool, AgreesWithTheSlowReference) {
  for (const Choice<KeepAlive>& policy :
       {fixed_keep_alive(seconds(20)), Choice<KeepAlive>(keep_alives(), "empirical")}) {
    Pool fast(policy);
    SlowPool slow(*policy);
    sim::RandomStream steps(3, "steps", 0), lifetimes(1, "test", 0);
    std::uint32_t next = 0;
    double now = 0;
    int warm = 0, cold = 0;
    for (int step = 0; step < 20'000; ++step) {
      now += steps.exponential(policy.selected() == "fixed" ? 3 : 60);
      if (steps.uniform() < 0.5) {
        fast.give(next, now);
        slow.give(next, at(now), lifetimes);
        ++next;
      } else {
        const auto taken = fast.take(now);
        ASSERT_EQ(taken, slow.take(at(now))) << "step " << step;
        ++(taken ? warm : cold);
      }
    }
    EXPECT_GT(warm, 1000);
    EXPECT_GT(cold, 100);
  }
}

}  // namespace
}  // namespace windtunnel::models
