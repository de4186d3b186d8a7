// Checks the max-min fair rates: by hand on small cases, against progressive filling from scratch and against the
// definition on random topologies with flows that come and go, and that only coupled flows are computed again.
// Does not check times: flows_test.cpp does.
#include "models/fair_share.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "base/error.h"
#include "tests/models/max_min_reference.h"

namespace windtunnel::models {
namespace {

using ResourceId = FairShare::ResourceId;
using FlowId = FairShare::FlowId;

FlowId add(FairShare& share, std::initializer_list<ResourceId> path) {
  return share.add_flow(std::vector<ResourceId>(path));
}

TEST(FairShare, OneFlowTakesTheNarrowestOfItsPath) {
  FairShare share;
  const ResourceId wide = share.add_resource(100), narrow = share.add_resource(30);
  const FlowId flow = add(share, {wide, narrow});
  EXPECT_EQ(share.rate(flow), 0) << "no rate before the update";
  share.update();
  EXPECT_EQ(share.rate(flow), 30);
  EXPECT_EQ(share.bottleneck(flow), narrow);
}

TEST(FairShare, TwoFlowsOnOneLinkHalveItAndTheOneThatStaysGetsItAll) {
  FairShare share;
  const ResourceId link = share.add_resource(100);
  const FlowId a = add(share, {link}), b = add(share, {link});
  share.update();
  EXPECT_EQ(share.rate(a), 50);
  EXPECT_EQ(share.rate(b), 50);
  share.remove_flow(a);
  share.update();
  EXPECT_EQ(share.rate(b), 100);
}

// Links of 100 and 30: the flow over both and the one on the narrow link get 15 each, the one on the wide link 85.
TEST(FairShare, ThreeFlowsOnTwoLinks) {
  FairShare share;
  const ResourceId wide = share.add_resource(100), narrow = share.add_resource(30);
  const FlowId both = add(share, {wide, narrow}), on_wide = add(share, {wide}), on_narrow = add(share, {narrow});
  share.update();
  EXPECT_EQ(share.rate(both), 15);
  EXPECT_EQ(share.rate(on_narrow), 15);
  EXPECT_EQ(share.rate(on_wide), 85);
  share.remove_flow(on_narrow);
  share.update();
  EXPECT_EQ(share.rate(both), 30);
  EXPECT_EQ(share.rate(on_wide), 70);
}

TEST(FairShare, ANewcomerSlowsDownOneThatWasNotHeldBackThere) {
  FairShare share;
  const ResourceId link = share.add_resource(100), cap = share.add_resource(80);
  const FlowId capped = add(share, {link, cap});
  share.update();
  EXPECT_EQ(share.rate(capped), 80);
  const FlowId newcomer = add(share, {link});
  share.update();
  EXPECT_EQ(share.rate(capped), 50);
  EXPECT_EQ(share.rate(newcomer), 50);
}

// A chain: a frees link 1, so b grows and takes from c on link 2, which frees link 3 for d.
TEST(FairShare, AChangeTravelsAlongAChainOfBottlenecks) {
  FairShare share;
  const ResourceId one = share.add_resource(20), two = share.add_resource(60), three = share.add_resource(100);
  const FlowId a = add(share, {one}), b = add(share, {one, two}), c = add(share, {two, three}), d = add(share, {three});
  share.update();
  EXPECT_EQ(share.rate(b), 10);
  EXPECT_EQ(share.rate(c), 50);
  EXPECT_EQ(share.rate(d), 50);
  share.remove_flow(a);
  share.update();
  EXPECT_EQ(share.rate(b), 20);
  EXPECT_EQ(share.rate(c), 40);
  EXPECT_EQ(share.rate(d), 60);
}

TEST(FairShare, FlowsOnALinkThatIsNotUsedUpDoNotFeelEachOther) {
  FairShare share;
  const ResourceId backbone = share.add_resource(1000);
  std::vector<ResourceId> nic;
  std::vector<FlowId> flow;
  for (int i = 0; i < 5; ++i) {
    nic.push_back(share.add_resource(100));
    flow.push_back(add(share, {nic.back(), backbone}));
  }
  share.update();
  share.remove_flow(flow[0]);
  add(share, {nic[1], backbone});
  share.update();
  EXPECT_EQ(share.rate(flow[1]), 50);
  EXPECT_EQ(share.rate(flow[2]), 100);
  ASSERT_EQ(share.levelled().size(), 1u) << "only the shared card changed";
  EXPECT_EQ(share.levelled()[0], nic[1]);
}

TEST(FairShare, MovesNameTheOldAndTheNewBottleneck) {
  FairShare share;
  const ResourceId link = share.add_resource(100), cap = share.add_resource(80);
  const FlowId capped = add(share, {link, cap});
  share.update();
  ASSERT_EQ(share.moves().size(), 1u);
  EXPECT_EQ(share.moves()[0].from, FairShare::none);
  EXPECT_EQ(share.moves()[0].to, cap);
  add(share, {link});
  share.update();
  ASSERT_EQ(share.moves().size(), 2u);
  const FairShare::Move& other = share.moves()[share.moves()[0].flow == capped ? 0 : 1];
  EXPECT_EQ(other.flow, capped);
  EXPECT_EQ(other.from, cap);
  EXPECT_EQ(other.to, link);
}

TEST(FairShare, MisuseIsABrokenInvariant) {
  FairShare share;
  EXPECT_THROW(share.add_resource(0), BrokenInvariant);
  EXPECT_THROW(share.add_resource(std::numeric_limits<double>::infinity()), BrokenInvariant);
  const ResourceId link = share.add_resource(1);
  const FlowId flow = add(share, {link});
  EXPECT_THROW(share.remove_resource(link), BrokenInvariant);
  EXPECT_THROW(share.add_flow({}), BrokenInvariant);
  share.remove_flow(flow);
  EXPECT_THROW(share.remove_flow(flow), BrokenInvariant);
}

TEST(FairShare, IdsAreUsedAgainWithoutATrace) {
  FairShare share;
  const ResourceId first = share.add_resource(10);
  share.remove_flow(add(share, {first}));  // never updated
  share.remove_resource(first);
  const ResourceId second = share.add_resource(70);
  EXPECT_EQ(second, first);
  const FlowId flow = add(share, {second});
  share.update();
  EXPECT_EQ(share.rate(flow), 70);
  EXPECT_EQ(share.flows(), 1u);
}

/// Flows under way, by the numbers of the resources that each crosses.
using Flows = std::map<FlowId, std::vector<std::size_t>>;

void expect_max_min(const FairShare& share, const std::vector<double>& capacity, const Flows& flows) {
  reference::Problem problem{capacity, {}};
  std::vector<double> rates;
  for (const auto& [flow, path] : flows) {
    problem.path.push_back(path);
    rates.push_back(share.rate(flow));
  }
  EXPECT_TRUE(reference::is_max_min(problem, rates));
  const std::vector<double> expected = reference::max_min(problem);
  for (std::size_t f = 0; f < rates.size(); ++f) EXPECT_NEAR(rates[f], expected[f], 1e-6 * expected[f]);
}

// One random topology: flows come and go in batches; after each batch all rates are compared with the references.
struct World {
  std::string name;
  std::size_t resources;
  std::size_t longest_path;
  std::size_t steps;
  std::size_t most_flows;
  bool few_capacities;  ///< many ties
};

class RandomWorlds : public testing::TestWithParam<World> {};

TEST_P(RandomWorlds, AgreeWithFillingFromScratch) {
  const World& world = GetParam();
  std::mt19937_64 random(world.resources * 1000003 + world.steps);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  FairShare share;
  std::vector<ResourceId> resources;
  std::vector<double> capacity;
  for (std::size_t r = 0; r < world.resources; ++r) {
    capacity.push_back(world.few_capacities ? static_cast<double>(10 * (1 + below(3)))
                                            : 1.0 + static_cast<double>(below(1'000'000)) / 1000.0);
    resources.push_back(share.add_resource(capacity.back()));
  }
  Flows flows;
  for (std::size_t step = 0; step < world.steps; ++step) {
    for (std::size_t change = 1 + below(4); change > 0; --change) {
      const bool grow = flows.empty() || (flows.size() < world.most_flows && below(100) < 55);
      if (grow) {
        std::vector<std::size_t> path;
        for (std::size_t hop = 1 + below(world.longest_path); hop > 0; --hop) {
          const std::size_t r = below(world.resources);
          if (std::find(path.begin(), path.end(), r) == path.end()) path.push_back(r);
        }
        std::vector<ResourceId> ids;
        for (std::size_t r : path) ids.push_back(resources[r]);
        flows[share.add_flow(ids)] = path;
      } else {
        const auto victim = std::next(flows.begin(), static_cast<std::ptrdiff_t>(below(flows.size())));
        share.remove_flow(victim->first);
        flows.erase(victim);
      }
    }
    share.update();
    expect_max_min(share, capacity, flows);
    ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(FairShare, RandomWorlds,
                         testing::Values(World{"sparse", 40, 2, 400, 40, false}, World{"dense", 8, 4, 400, 60, false},
                                         World{"ties", 20, 3, 400, 60, true}, World{"long_paths", 30, 10, 200, 40, false},
                                         World{"one_link", 1, 1, 200, 50, false}),
                         [](const auto& instance) { return instance.param.name; });

// What stars are made of: clients with a narrow card of their own that read from a few servers, several transfers each, and
// a backbone that all cross. The load swings, so that servers hold everybody back, nobody, or some.
TEST(FairShare, ClientsOfAFewServersAgreeWithFillingFromScratch) {
  std::mt19937_64 random(20261125);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (const double backbone : {1e9, 700.0, 100.0}) {
    constexpr std::size_t servers = 4, clients = 40;
    FairShare share;
    std::vector<double> capacity{backbone};
    for (std::size_t i = 0; i < servers; ++i) capacity.push_back(i == 0 ? 90 : 250);
    for (std::size_t i = 0; i < clients; ++i) capacity.push_back(i % 3 == 0 ? 30 : 15);
    std::vector<ResourceId> resources;
    for (const double c : capacity) resources.push_back(share.add_resource(c));
    Flows flows;
    for (std::size_t step = 0; step < 3000; ++step) {
      const std::size_t wanted = step / 500 % 2 == 0 ? 120 : 12;  // swings
      for (std::size_t change = 1 + below(20) / 19; change > 0; --change) {
        if (flows.empty() || below(2 * wanted) > flows.size()) {
          const std::size_t server = below(4) == 0 ? below(servers) : step / 100 % servers;
          const std::vector<std::size_t> path{1 + server, 0, 1 + servers + below(clients)};
          flows[share.add_flow(std::vector<ResourceId>{resources[path[0]], resources[path[1]], resources[path[2]]})] = path;
        } else {
          const auto victim = std::next(flows.begin(), static_cast<std::ptrdiff_t>(below(flows.size())));
          share.remove_flow(victim->first);
          flows.erase(victim);
        }
      }
      share.update();
      expect_max_min(share, capacity, flows);
      ASSERT_FALSE(testing::Test::HasFailure()) << "backbone " << backbone << ", step " << step;
    }
  }
}

// The rates of a star change without a look at the flows that stay: only its centre is levelled, only who comes moves.
TEST(FairShare, WhoComesToAStarMovesNobodyElse) {
  FairShare share;
  const ResourceId server = share.add_resource(1000);
  std::vector<FlowId> flows;
  for (int i = 0; i < 100; ++i) {
    flows.push_back(add(share, {server, share.add_resource(300)}));
    share.update();
  }
  EXPECT_EQ(share.rate(flows[0]), 10);
  ASSERT_EQ(share.moves().size(), 1u);
  EXPECT_EQ(share.moves()[0].flow, flows[99]);
  share.remove_flow(flows[50]);
  share.update();
  EXPECT_TRUE(share.moves().empty());
  ASSERT_EQ(share.levelled().size(), 1u);
  EXPECT_EQ(share.rate(flows[0]), 1000.0 / 99);
}

TEST(MaxMinReference, TheDefinitionRefusesWhatIsNotMaxMin) {
  const reference::Problem problem{{100, 30}, {{0, 1}, {0}, {1}}};
  EXPECT_TRUE(reference::is_max_min(problem, {15, 85, 15}));
  EXPECT_FALSE(reference::is_max_min(problem, {15, 84, 15})) << "capacity left over";
  EXPECT_FALSE(reference::is_max_min(problem, {15, 86, 15})) << "overloaded";
  EXPECT_FALSE(reference::is_max_min(problem, {10, 90, 20})) << "unfair";
}

}  // namespace
}  // namespace windtunnel::models
