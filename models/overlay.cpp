#include "models/overlay.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "models/overlay_kinds.h"

namespace windtunnel::models {

Overlay::Overlay(std::size_t peers) : neighbours_(peers) { check(peers >= 1, "an overlay has a peer"); }

bool Overlay::joined(Peer a, Peer b) const {
  return std::binary_search(neighbours_[a].begin(), neighbours_[a].end(), b);
}

bool Overlay::join(Peer a, Peer b) {
  check(a != b && a < peers() && b < peers(), "an edge joins two different peers");
  if (joined(a, b)) return false;
  const auto insert = [](std::vector<Peer>& list, Peer peer) {
    list.insert(std::lower_bound(list.begin(), list.end(), peer), peer);
  };
  insert(neighbours_[a], b);
  insert(neighbours_[b], a);
  ++edges_;
  return true;
}

bool Overlay::unjoin(Peer a, Peer b) {
  if (!joined(a, b)) return false;
  const auto remove = [](std::vector<Peer>& list, Peer peer) {
    list.erase(std::lower_bound(list.begin(), list.end(), peer));
  };
  remove(neighbours_[a], b);
  remove(neighbours_[b], a);
  --edges_;
  return true;
}

Family<OverlayKind> overlays() {
  static constexpr std::array list{
      option<OverlayKind, CompleteOverlay>("complete", "every peer with every other"),
      option<OverlayKind, RingOverlay>("ring", "every peer with its two neighbours"),
      option<OverlayKind, TorusOverlay>("torus", "a grid whose rows and columns are rings"),
      option<OverlayKind, StarOverlay>("star", "peer 0 with every other"),
      option<OverlayKind, SmallWorldOverlay>("small_world",
                                             "a ring lattice with edges rewired at random (Watts-Strogatz)"),
      option<OverlayKind, RandomRegularOverlay>("random_regular",
                                                "random, every peer with the same number of neighbours"),
      option<OverlayKind, ErdosRenyiOverlay>("erdos_renyi", "random, every pair joined with the same probability"),
  };
  return list;
}

}  // namespace windtunnel::models
