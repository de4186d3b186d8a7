// Checks the overlays against their definitions and their shapes against hand-counted graphs, cut vertices against removal
// of each peer. Does not check that random kinds are uniform.
#include "models/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "models/overlay_kinds.h"

namespace windtunnel::models {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Overlay build(const OverlayKind& kind, std::size_t peers, std::uint64_t seed = 1) {
  sim::RandomStream random(seed, "overlay", 0);
  return kind.build(peers, random);
}

TorusOverlay torus(std::int64_t rows) {
  TorusOverlay kind;
  kind.rows = rows;
  return kind;
}
SmallWorldOverlay small_world(std::int64_t neighbours, double rewiring) {
  SmallWorldOverlay kind;
  kind.neighbours = neighbours;
  kind.rewiring = rewiring;
  return kind;
}
RandomRegularOverlay random_regular(std::int64_t degree) {
  RandomRegularOverlay kind;
  kind.degree = degree;
  return kind;
}
ErdosRenyiOverlay erdos_renyi(double probability) {
  ErdosRenyiOverlay kind;
  kind.probability = probability;
  return kind;
}

bool same(const Overlay& a, const Overlay& b) {
  if (a.peers() != b.peers()) return false;
  for (Peer peer = 0; peer < a.peers(); ++peer) {
    if (!std::ranges::equal(a.neighbours(peer), b.neighbours(peer))) return false;
  }
  return true;
}

TEST(Overlays, RingOfSix) {
  const Overlay ring = build(RingOverlay{}, 6);
  EXPECT_THAT(ring.neighbours(0), ElementsAre(1, 5));
  EXPECT_EQ(ring.edges(), 6u);
  const OverlayShape found = shape(ring);
  EXPECT_TRUE(found.connected);
  EXPECT_EQ(found.diameter, 3u);
  EXPECT_EQ(found.degree_min, 2u);
  EXPECT_EQ(found.degree_max, 2u);
  EXPECT_EQ(found.degree_mean, 2);
  EXPECT_THAT(found.cut_vertices, IsEmpty());
}

TEST(Overlays, StarOfFive) {
  const OverlayShape found = shape(build(StarOverlay{}, 5));
  EXPECT_EQ(found.diameter, 2u);
  EXPECT_EQ(found.degree_min, 1u);
  EXPECT_EQ(found.degree_max, 4u);
  EXPECT_DOUBLE_EQ(found.degree_mean, 1.6);
  EXPECT_THAT(found.cut_vertices, ElementsAre(0));
}

TEST(Overlays, CompleteOfFive) {
  const Overlay complete = build(CompleteOverlay{}, 5);
  EXPECT_EQ(complete.edges(), 10u);
  const OverlayShape found = shape(complete);
  EXPECT_EQ(found.diameter, 1u);
  EXPECT_THAT(found.cut_vertices, IsEmpty());
}

TEST(Overlays, TorusOfThreeByFour) {
  const Overlay grid = build(torus(3), 12);
  EXPECT_THAT(grid.neighbours(0), ElementsAre(1, 3, 4, 8));
  const OverlayShape found = shape(grid);
  EXPECT_EQ(found.degree_min, 4u);
  EXPECT_EQ(found.degree_max, 4u);
  EXPECT_EQ(found.diameter, 3u);  // one row and two columns away
  EXPECT_TRUE(same(grid, build(torus(0), 12))) << "3 × 4 is the most square";
  EXPECT_TRUE(same(build(torus(0), 7), build(RingOverlay{}, 7))) << "one row is a ring";
  EXPECT_THROW(build(torus(5), 12), InputError);
  EXPECT_THROW(build(torus(13), 12), InputError);
}

TEST(Overlays, SmallestSizes) {
  for (const Option<OverlayKind>& entry : overlays()) {
    if (entry.name == "small_world" || entry.name == "random_regular") continue;
    const OverlayShape one = shape(build(*entry.make(), 1));
    EXPECT_TRUE(one.connected) << entry.name;
    EXPECT_EQ(one.diameter, 0u) << entry.name;
  }
  EXPECT_EQ(build(RingOverlay{}, 2).edges(), 1u);
  EXPECT_EQ(build(torus(2), 4).edges(), 4u);
  EXPECT_THROW(Overlay(0), BrokenInvariant);
}

TEST(Overlays, SmallWorldKeepsItsEdgesAndIsALatticeWithoutRewiring) {
  const Overlay lattice = build(small_world(4, 0), 10);
  EXPECT_THAT(lattice.neighbours(0), ElementsAre(1, 2, 8, 9));
  const Overlay rewired = build(small_world(4, 0.5), 50);
  EXPECT_EQ(rewired.edges(), 100u);
  EXPECT_FALSE(same(rewired, build(small_world(4, 0), 50)));
  EXPECT_LT(shape(build(small_world(4, 0.3), 200)).diameter, shape(build(small_world(4, 0), 200)).diameter);
  EXPECT_EQ(build(small_world(4, 1), 5).edges(), 10u) << "complete: nothing to rewire to";
  EXPECT_THROW(build(small_world(3, 0.1), 10), InputError);
  EXPECT_THROW(build(small_world(10, 0.1), 10), InputError);
}

TEST(Overlays, RandomRegularIsRegularAtEveryDegree) {
  for (std::size_t peers : {1u, 2u, 5u, 8u, 21u}) {
    for (std::size_t degree = 0; degree < peers; ++degree) {
      const RandomRegularOverlay kind = random_regular(static_cast<std::int64_t>(degree));
      if (degree * peers % 2 != 0) {
        EXPECT_THROW(build(kind, peers), InputError);
        continue;
      }
      const OverlayShape found = shape(build(kind, peers));
      EXPECT_EQ(found.degree_min, degree) << peers;
      EXPECT_EQ(found.degree_max, degree) << peers;
    }
  }
  EXPECT_THROW(build(random_regular(4), 4), InputError);
}

TEST(Overlays, ErdosRenyiHasTheExpectedNumberOfEdges) {
  EXPECT_EQ(build(erdos_renyi(0), 20).edges(), 0u);
  EXPECT_EQ(build(erdos_renyi(1), 20).edges(), 190u);
  const double edges = static_cast<double>(build(erdos_renyi(0.3), 200).edges());
  EXPECT_NEAR(edges, 0.3 * 19900, 5 * 64.6);  // sd: √(19900 · 0.3 · 0.7)
  EXPECT_THROW(build(erdos_renyi(1.5), 20), InputError);
}

TEST(Overlays, TheSeedDecides) {
  for (const Option<OverlayKind>& entry : overlays()) {
    const auto kind = entry.make();
    EXPECT_TRUE(same(build(*kind, 40, 7), build(*kind, 40, 7))) << entry.name;
  }
  EXPECT_FALSE(same(build(random_regular(4), 40, 7), build(random_regular(4), 40, 8)));
  EXPECT_FALSE(same(build(erdos_renyi(0.2), 40, 7), build(erdos_renyi(0.2), 40, 8)));
}

TEST(OverlayShape, OfAGraphInTwoParts) {
  Overlay overlay(5);
  overlay.join(0, 1);
  overlay.join(2, 3);
  overlay.join(3, 4);
  const OverlayShape found = shape(overlay);
  EXPECT_FALSE(found.connected);
  EXPECT_EQ(found.diameter, std::nullopt);
  EXPECT_THAT(found.cut_vertices, ElementsAre(3));
}

TEST(OverlayShape, CutVerticesAreThoseWhoseRemovalSplitsTheirPart) {
  const auto parts_without = [](const Overlay& overlay, std::optional<Peer> gone) {
    std::vector<bool> seen(overlay.peers(), false);
    if (gone) seen[*gone] = true;
    int parts = 0;
    for (Peer start = 0; start < overlay.peers(); ++start) {
      if (seen[start]) continue;
      ++parts;
      std::vector<Peer> open{start};
      seen[start] = true;
      while (!open.empty()) {
        const Peer peer = open.back();
        open.pop_back();
        for (Peer next : overlay.neighbours(peer)) {
          if (seen[next]) continue;
          seen[next] = true;
          open.push_back(next);
        }
      }
    }
    return parts;
  };
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Overlay overlay = build(erdos_renyi(0.08), 30, seed);
    std::vector<Peer> expected;
    const int parts = parts_without(overlay, {});
    for (Peer peer = 0; peer < overlay.peers(); ++peer) {
      if (parts_without(overlay, peer) > parts) expected.push_back(peer);
    }
    EXPECT_EQ(shape(overlay).cut_vertices, expected) << seed;
  }
}

TEST(Overlay, EdgesAreSimple) {
  Overlay overlay(3);
  EXPECT_TRUE(overlay.join(0, 2));
  EXPECT_FALSE(overlay.join(2, 0));
  EXPECT_EQ(overlay.edges(), 1u);
  EXPECT_TRUE(overlay.unjoin(2, 0));
  EXPECT_FALSE(overlay.unjoin(2, 0));
  EXPECT_EQ(overlay.edges(), 0u);
  EXPECT_THROW(overlay.join(1, 1), BrokenInvariant);
  EXPECT_THROW(overlay.join(1, 3), BrokenInvariant);
}

}  // namespace
}  // namespace windtunnel::models
