// The members of the family of overlays, with their settings.
#pragma once

#include <cstdint>

#include "models/overlay.h"

namespace windtunnel::models {

/// Everybody with everybody.
struct CompleteOverlay final : OverlayKind {
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// Peer i with i+1, the last with the first.
struct RingOverlay final : OverlayKind {
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// A grid of rows × columns whose rows and columns are rings.
struct TorusOverlay final : OverlayKind {
  std::int64_t rows = 0;  ///< a divisor of the number of peers; 0: the one that makes the grid most square
  void describe(Fields& f) override;
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// Peer 0 with everybody.
struct StarOverlay final : OverlayKind {
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// Watts and Strogatz (1998): a ring in which each peer knows its nearest, then each edge is rewired to a random end.
struct SmallWorldOverlay final : OverlayKind {
  std::int64_t neighbours = 4;  ///< even, below the number of peers
  double rewiring = 0.1;        ///< probability, in [0, 1]
  void describe(Fields& f) override;
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// All peers have the same degree, otherwise random: random pairings of free ends, begun anew when they come to a dead end
/// (Steger and Wormald 1999), asymptotically uniform.
struct RandomRegularOverlay final : OverlayKind {
  std::int64_t degree = 4;  ///< below the number of peers; one of the two is even
  void describe(Fields& f) override;
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

/// Each pair is joined with the same probability.
struct ErdosRenyiOverlay final : OverlayKind {
  double probability = 0.5;  ///< in [0, 1]
  void describe(Fields& f) override;
  Overlay build(std::size_t peers, sim::RandomStream& random) const override;
};

}  // namespace windtunnel::models
