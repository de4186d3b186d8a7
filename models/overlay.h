// Peer overlays: which worker talks to which, as an undirected simple graph, and what its shape means for a run.
// Promise: the same kind, settings, size and random stream give the same graph; there are no loops and no double edges.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fields.h"
#include "sim/random.h"

namespace windtunnel::models {

using Peer = std::uint32_t;

class Overlay {
 public:
  /// `peers` ≥ 1 peers without edges.
  explicit Overlay(std::size_t peers);

  /// Joins two different peers; no effect if they are joined already. Returns whether it is a new edge.
  bool join(Peer a, Peer b);
  bool unjoin(Peer a, Peer b);
  bool joined(Peer a, Peer b) const;
  std::size_t peers() const { return neighbours_.size(); }
  std::size_t edges() const { return edges_; }
  /// Ascending.
  std::span<const Peer> neighbours(Peer peer) const { return neighbours_[peer]; }
  std::size_t degree(Peer peer) const { return neighbours_[peer].size(); }

 private:
  std::vector<std::vector<Peer>> neighbours_;
  std::size_t edges_ = 0;
};

/// What the report says of an overlay.
struct OverlayShape {
  bool connected = false;
  std::optional<std::size_t> diameter;  ///< longest shortest path in hops; none when it is not connected
  std::size_t degree_min = 0, degree_max = 0;
  double degree_mean = 0;
  std::vector<Peer> cut_vertices;  ///< peers whose loss disconnects others, ascending
};
OverlayShape shape(const Overlay& overlay);

/// A way to wire peers.
class OverlayKind {
 public:
  virtual ~OverlayKind() = default;
  virtual void describe(Fields&) {}
  /// An overlay of `peers` ≥ 1 peers. Throws InputError when this kind does not exist at this size.
  virtual Overlay build(std::size_t peers, sim::RandomStream& random) const = 0;
};

/// complete, ring, torus{rows}, star, small_world{neighbours, rewiring}, random_regular{degree}, erdos_renyi{probability}.
Family<OverlayKind> overlays();

}  // namespace windtunnel::models
