// The overlays with chance: small world, random regular, Erdős–Rényi.
#include <fmt/format.h>

#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "models/overlay_kinds.h"

namespace windtunnel::models {
namespace {

Peer any_peer(std::size_t peers, sim::RandomStream& random) {
  return static_cast<Peer>(random.integer(0, static_cast<std::int64_t>(peers) - 1));
}

// Whether two of the free ends could still be joined.
bool can_go_on(const Overlay& overlay, std::span<const Peer> ends) {
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (std::size_t j = i + 1; j < ends.size(); ++j) {
      if (ends[i] != ends[j] && !overlay.joined(ends[i], ends[j])) return true;
    }
  }
  return false;
}

// One attempt: pair the free ends at random, keep the pairs that make new edges, and go on with the rest.
std::optional<Overlay> pair_up(std::size_t peers, std::size_t degree, sim::RandomStream& random) {
  Overlay overlay(peers);
  std::vector<Peer> ends;
  for (Peer peer = 0; peer < peers; ++peer) ends.insert(ends.end(), degree, peer);
  while (!ends.empty()) {
    random.shuffle(std::span(ends));
    std::vector<Peer> left;
    for (std::size_t i = 0; i + 1 < ends.size(); i += 2) {
      if (ends[i] != ends[i + 1] && overlay.join(ends[i], ends[i + 1])) continue;
      left.push_back(ends[i]);
      left.push_back(ends[i + 1]);
    }
    if (left.size() == ends.size() && !can_go_on(overlay, left)) return std::nullopt;
    ends = std::move(left);
  }
  return overlay;
}

Overlay complement(const Overlay& overlay) {
  Overlay other(overlay.peers());
  for (Peer a = 0; a < overlay.peers(); ++a) {
    for (Peer b = a + 1; b < overlay.peers(); ++b) {
      if (!overlay.joined(a, b)) other.join(a, b);
    }
  }
  return other;
}

}  // namespace

void SmallWorldOverlay::describe(Fields& f) {
  f("neighbours", neighbours, "nearest peers that each knows before the rewiring, even", {.min = 2});
  f("rewiring", rewiring, "probability that an edge gets a random end", {.min = 0, .max = 1});
}

Overlay SmallWorldOverlay::build(std::size_t peers, sim::RandomStream& random) const {
  if (neighbours < 2 || neighbours % 2 != 0 || neighbours >= static_cast<std::int64_t>(peers)) {
    throw InputError(fmt::format("small_world.neighbours: {} with {} peers; allowed: an even number from 2 to {}",
                                 neighbours, peers, peers - 1));
  }
  const std::size_t reach = static_cast<std::size_t>(neighbours) / 2;
  Overlay overlay(peers);
  for (std::size_t distance = 1; distance <= reach; ++distance) {
    for (std::size_t a = 0; a < peers; ++a)
      overlay.join(static_cast<Peer>(a), static_cast<Peer>((a + distance) % peers));
  }
  for (std::size_t distance = 1; distance <= reach; ++distance) {
    for (std::size_t i = 0; i < peers; ++i) {
      const Peer a = static_cast<Peer>(i), b = static_cast<Peer>((i + distance) % peers);
      // One draw per edge, whatever becomes of it, so that graphs with different probabilities are comparable.
      if (random.uniform() >= rewiring || overlay.degree(a) == peers - 1) continue;
      Peer end = any_peer(peers, random);
      while (end == a || overlay.joined(a, end)) end = any_peer(peers, random);
      if (overlay.unjoin(a, b)) overlay.join(a, end);
    }
  }
  return overlay;
}

void RandomRegularOverlay::describe(Fields& f) {
  f("degree", degree, "neighbours of every peer; even if the number of peers is odd", {.min = 0});
}

Overlay RandomRegularOverlay::build(std::size_t peers, sim::RandomStream& random) const {
  const auto n = static_cast<std::int64_t>(peers);
  if (degree < 0 || degree >= n || degree * n % 2 != 0) {
    throw InputError(
        fmt::format("random_regular.degree: {} with {} peers; allowed: 0 to {}, even if the number of peers is odd",
                    degree, peers, n - 1));
  }
  // Dense graphs are built as the complement of sparse ones: pairings of many ends nearly always come to a dead end.
  const bool dense = 2 * degree > n - 1;
  const auto wanted = static_cast<std::size_t>(dense ? n - 1 - degree : degree);
  std::optional<Overlay> overlay;
  while (!overlay) overlay = pair_up(peers, wanted, random);
  return dense ? complement(*overlay) : *overlay;
}

void ErdosRenyiOverlay::describe(Fields& f) {
  f("probability", probability, "that a pair of peers is joined", {.min = 0, .max = 1});
}

Overlay ErdosRenyiOverlay::build(std::size_t peers, sim::RandomStream& random) const {
  if (!(probability >= 0 && probability <= 1)) {
    throw InputError(fmt::format("erdos_renyi.probability: {}; allowed: 0 to 1", probability));
  }
  Overlay overlay(peers);
  for (Peer a = 0; a < peers; ++a) {
    for (Peer b = a + 1; b < peers; ++b) {
      if (random.uniform() < probability) overlay.join(a, b);
    }
  }
  return overlay;
}

}  // namespace windtunnel::models
