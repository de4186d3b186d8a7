// Checks routes against Boost.Graph's Dijkstra, searched anew for every question, on random graphs that grow, lose links and
// get them back; and that a star keeps one tree whatever the number of its leaves. Cuts are tested with the network.
#include "models/topology.h"

#include <gtest/gtest.h>

#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <random>
#include <vector>

#include "base/error.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;

SiteId site(std::size_t number) { return static_cast<SiteId>(number); }

/// The same sites and links, with nothing kept between two questions.
struct Reference {
  struct Edge {
    Link link;
    bool lost = false;
  };
  std::size_t sites = 0;
  std::vector<Edge> edges;

  std::optional<Duration> distance(std::size_t from, std::size_t to) const {
    using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                        boost::property<boost::edge_weight_t, std::int64_t>>;
    Graph graph(sites);
    for (const Edge& edge : edges) {
      if (!edge.lost) {
        add_edge(static_cast<std::size_t>(edge.link.a), static_cast<std::size_t>(edge.link.b), edge.link.latency.count(), graph);
      }
    }
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> ns(sites, never);
    boost::dijkstra_shortest_paths(graph, from, boost::distance_map(ns.data()).distance_inf(never));
    if (ns[to] == never) return std::nullopt;
    return Duration(ns[to]);
  }
};

/// The way that `along` tells, walked from its end: joined up, over links that are there, in the direction it says.
void expect_a_way(const Topology& topology, const Reference& reference, std::size_t from, std::size_t to, Duration length) {
  Duration walked{0};
  SiteId at = site(to);
  topology.along(site(from), site(to), [&](LinkId id, bool forward) {
    const Reference::Edge& edge = reference.edges[static_cast<std::size_t>(id)];
    EXPECT_FALSE(edge.lost);
    EXPECT_EQ(at, forward ? edge.link.b : edge.link.a);
    at = forward ? edge.link.a : edge.link.b;
    walked += edge.link.latency;
  });
  EXPECT_EQ(at, site(from));
  EXPECT_EQ(walked, length);
}

void check_random_graph(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto latency = [&] { return Duration(static_cast<std::int64_t>(below(20))); };
  Topology topology;
  Reference reference;
  const std::size_t most = 2 + below(14);
  const std::size_t bias = below(4);  // 0: mostly leaves … 3: mostly meshes
  for (int step = 0; step < 120; ++step) {
    const std::size_t what = below(8);
    if (reference.sites < 2 || (what < 2 && reference.sites < most)) {
      topology.add_site("s");
      ++reference.sites;
      if (reference.sites > 1 && below(3) > 0) {  // at once a leaf
        const Link link{.a = site(below(reference.sites - 1)), .b = site(reference.sites - 1), .latency = latency()};
        topology.add_link(link);
        reference.edges.push_back({link});
      }
    } else if (what == 2 && below(4) <= bias) {
      const std::size_t a = below(reference.sites), b = below(reference.sites);
      if (a == b) continue;
      const Link link{.a = site(a), .b = site(b), .latency = latency()};
      topology.add_link(link);
      reference.edges.push_back({link});
    } else if (what == 3 && !reference.edges.empty()) {
      const std::size_t edge = below(reference.edges.size());
      reference.edges[edge].lost = !reference.edges[edge].lost;
      topology.set_lost(static_cast<LinkId>(edge), reference.edges[edge].lost);
    } else {
      const std::size_t from = below(reference.sites), to = below(reference.sites);
      const std::optional<Duration> expected = reference.distance(from, to);
      ASSERT_EQ(topology.distance(site(from), site(to)), expected) << from << " to " << to << " at step " << step;
      if (expected) expect_a_way(topology, reference, from, to, *expected);
    }
  }
}

TEST(TopologyTest, EveryWayIsABestOneWhateverHappensToTheGraph) {
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    check_random_graph(seed);
  }
}

TEST(TopologyStarTest, KeepsOneTreeForAllItsLeaves) {
  Topology topology;
  const SiteId region = topology.add_site("region");
  std::vector<SiteId> corners;
  std::vector<LinkId> links;
  for (int i = 0; i < 20'000; ++i) {
    corners.push_back(topology.add_site("corner"));
    links.push_back(topology.add_link({.a = region, .b = corners.back(), .latency = Duration(i)}));
  }
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const std::size_t other = (i * 7919 + 1) % corners.size();
    if (other == i) continue;
    ASSERT_EQ(topology.distance(corners[i], corners[other]), Duration(static_cast<std::int64_t>(i + other)));
  }
  EXPECT_LE(topology.trees(), 1u);

  topology.set_lost(links[5], true);
  EXPECT_FALSE(topology.distance(corners[5], region));
  EXPECT_FALSE(topology.distance(corners[6], corners[5]));
  EXPECT_EQ(topology.distance(corners[6], corners[7]), 13ns);
  topology.set_lost(links[5], false);
  EXPECT_EQ(topology.distance(region, corners[5]), 5ns);
}

TEST(TopologyStarTest, ASiteWithoutLinksIsReachedByNobody) {
  Topology topology;
  const SiteId region = topology.add_site("region");
  for (int i = 0; i < 3; ++i) topology.add_link({.a = region, .b = topology.add_site("corner")});
  EXPECT_EQ(topology.distance(region, site(1)), 0ns);
  const SiteId island = topology.add_site("island");
  EXPECT_FALSE(topology.distance(region, island));
  EXPECT_FALSE(topology.distance(island, site(1)));
  EXPECT_EQ(topology.distance(island, island), 0ns);
}

}  // namespace
}  // namespace windtunnel::models
