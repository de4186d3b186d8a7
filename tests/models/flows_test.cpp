// Checks when flows are through: to the nanosecond by hand, and against a slow reference that steps from one completion to
// the next with all rates from scratch, on random topologies with arrivals and early ends.
// Does not check routes and latencies: network_test.cpp does.
#include "models/flows.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "sim/task.h"
#include "tests/models/max_min_reference.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;
using sim::Task;
using sim::Time;

struct FlowsTest : testing::Test {
  sim::Simulation simulation;
  Flows flows{simulation};

  struct Job {
    std::vector<Flows::ResourceId> path;
    double bytes;
    Bandwidth cap{std::numeric_limits<double>::infinity()};
    Duration start{0};
  };
  Task<> run(Job job, std::optional<Duration>& end) {
    co_await simulation.delay(job.start);
    double left = job.bytes;
    Flows::Flow flow(flows, {job.path, job.cap}, left);
    co_await flow.over();
    EXPECT_EQ(left, 0);
    end = simulation.now().time_since_epoch();
  }
  Flows::ResourceId link(double rate) { return flows.add_resource({rate}); }
};

TEST_F(FlowsTest, AloneItTakesItsBytesOverTheRateRoundedUpToTheNanosecond) {
  std::optional<Duration> whole, third;
  const auto a = link(100e6), b = link(3e9);
  simulation.spawn(run({.path = {a}, .bytes = 50e6}, whole));
  simulation.spawn(run({.path = {b}, .bytes = 1}, third));  // a third of a nanosecond
  simulation.run();
  EXPECT_EQ(whole, 500ms);
  EXPECT_EQ(third, 1ns);
}

// 100 B/s. A: 100 B from 0 s, B: 100 B from 0.5 s. A has 50 B left at 0.5 s, moves at 50 B/s to 1.5 s; B has 50 B left then
// and the link alone: 2 s.
TEST_F(FlowsTest, TwoOnOneLinkAndTheEndOfOneFreesItsShare) {
  std::optional<Duration> a, b;
  const auto l = link(100);
  simulation.spawn(run({.path = {l}, .bytes = 100}, a));
  simulation.spawn(run({.path = {l}, .bytes = 100, .start = 500ms}, b));
  simulation.run();
  EXPECT_EQ(a, 1500ms);
  EXPECT_EQ(b, 2s);
}

// Links of 100 and 30 B/s: both 15, wide 85, narrow 15. Wide's 170 B end at 2 s; narrow's 45 B at 3 s; then both (60 B, 15 left)
// has 30 B/s to itself: 3.5 s.
TEST_F(FlowsTest, ThreeOnTwoLinks) {
  std::optional<Duration> both, wide, narrow;
  const auto w = link(100), n = link(30);
  simulation.spawn(run({.path = {w, n}, .bytes = 60}, both));
  simulation.spawn(run({.path = {w}, .bytes = 170}, wide));
  simulation.spawn(run({.path = {n}, .bytes = 45}, narrow));
  simulation.run();
  EXPECT_EQ(wide, 2s);
  EXPECT_EQ(narrow, 3s);
  EXPECT_EQ(both, 3500ms);
}

TEST_F(FlowsTest, ACapHoldsBackOneFlowOnly) {
  std::optional<Duration> capped, free;
  const auto l = link(100);
  simulation.spawn(run({.path = {l}, .bytes = 40, .cap = {20}}, capped));
  simulation.spawn(run({.path = {l}, .bytes = 160}, free));
  simulation.run();
  EXPECT_EQ(capped, 2s);
  EXPECT_EQ(free, 2s);
}

TEST_F(FlowsTest, AKilledFlowVanishesAndTheOtherSpeedsUp) {
  std::optional<Duration> killed, stays;
  const auto l = link(100);
  sim::Process victim = simulation.spawn(run({.path = {l}, .bytes = 1000}, killed));
  simulation.spawn(run({.path = {l}, .bytes = 150}, stays));
  simulation.run_until(Time{1s});  // 50 B each
  EXPECT_EQ(flows.size(), 2u);
  victim.kill();
  EXPECT_EQ(flows.size(), 1u);
  simulation.run();
  EXPECT_EQ(killed, std::nullopt);
  EXPECT_EQ(stays, 2s);
}

TEST_F(FlowsTest, AStoppedFlowKnowsWhatIsLeft) {
  const auto l = link(100);
  double left = 1000;
  Flows::Flow flow(flows, {std::span(&l, 1), {std::numeric_limits<double>::infinity()}}, left);
  simulation.run_until(Time{2500ms});
  flow.stop();
  EXPECT_TRUE(flow.over().is_set());
  EXPECT_EQ(left, 750);
  EXPECT_EQ(flows.size(), 0u);
}

TEST_F(FlowsTest, OneInstantIsOneChangeOfRates) {
  std::vector<std::optional<Duration>> ends(500);
  const auto l = link(1e6);
  for (auto& end : ends) simulation.spawn(run({.path = {l}, .bytes = 1000}, end));
  simulation.run();
  for (const auto& end : ends) ASSERT_EQ(end, 500ms);
  // Per flow: its start, its delay, its end; the rest is one change at the start, and one completion of all of them, with its
  // change.
  EXPECT_EQ(simulation.events(), 3 * 500u + 2u);
}

// The reference knows only rates from scratch: it goes from one arrival or completion to the next.
struct Arrival {
  double start, bytes;
  std::vector<std::size_t> path;
  double cut_off;  ///< when it is taken away, infinite: never
};

std::vector<double> completions(const std::vector<double>& capacity, const std::vector<Arrival>& arrivals) {
  constexpr double never = std::numeric_limits<double>::infinity();
  std::vector<double> left, end(arrivals.size(), never);
  for (const Arrival& arrival : arrivals) left.push_back(arrival.bytes);
  double now = 0;
  for (;;) {
    reference::Problem problem{capacity, {}};
    std::vector<std::size_t> active;
    double next = never;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      if (arrivals[i].start > now) next = std::min(next, arrivals[i].start);
      if (arrivals[i].start > now || end[i] != never || arrivals[i].cut_off <= now) continue;
      active.push_back(i);
      problem.path.push_back(arrivals[i].path);
      next = std::min(next, arrivals[i].cut_off);
    }
    const std::vector<double> rate = reference::max_min(problem);
    for (std::size_t k = 0; k < active.size(); ++k) next = std::min(next, now + left[active[k]] / rate[k]);
    if (next == never) return end;
    for (std::size_t k = 0; k < active.size(); ++k) {
      left[active[k]] -= rate[k] * (next - now);
      if (left[active[k]] <= 1e-6) end[active[k]] = next;
    }
    now = next;
  }
}

class RandomTraffic : public FlowsTest, public testing::WithParamInterface<int> {};

TEST_P(RandomTraffic, EndsWhenTheReferenceSays) {
  std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<double> capacity;
  std::vector<Flows::ResourceId> links;
  for (int i = 0; i < 12; ++i) {
    capacity.push_back(static_cast<double>(10 + below(90)));
    links.push_back(link(capacity.back()));
  }
  std::vector<Arrival> arrivals;
  std::vector<std::optional<Duration>> ends(80);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    // Whole numbers with primes in them, so that no two things happen within rounding of one another but not together.
    Arrival arrival{static_cast<double>(below(3000)) * 1e-2, static_cast<double>(1 + below(400)), {},
                    std::numeric_limits<double>::infinity()};
    for (std::size_t hop = 1 + below(3); hop > 0; --hop) {
      const std::size_t r = below(capacity.size());
      if (std::find(arrival.path.begin(), arrival.path.end(), r) == arrival.path.end()) arrival.path.push_back(r);
    }
    std::vector<Flows::ResourceId> path;
    for (std::size_t r : arrival.path) path.push_back(links[r]);
    const Duration start = from_seconds(arrival.start);
    sim::Process process = simulation.spawn(run({.path = path, .bytes = arrival.bytes, .start = start}, ends[i]));
    if (below(4) == 0) {
      arrival.cut_off = arrival.start + static_cast<double>(1 + below(500)) * 1e-2;
      simulation.spawn([](sim::Simulation& s, Duration at, sim::Process victim) -> Task<> {
        co_await s.delay(at);
        victim.kill();
      }(simulation, from_seconds(arrival.cut_off), process));
    }
    arrivals.push_back(arrival);
  }
  simulation.run();
  const std::vector<double> expected = completions(capacity, arrivals);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (std::isinf(expected[i])) {
      EXPECT_EQ(ends[i], std::nullopt) << i;
    } else {
      ASSERT_TRUE(ends[i].has_value()) << i;
      EXPECT_NEAR(to_seconds(*ends[i]), expected[i], 1e-6) << i;
    }
  }
  EXPECT_EQ(flows.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Flows, RandomTraffic, testing::Range(1, 11));

}  // namespace
}  // namespace windtunnel::models
