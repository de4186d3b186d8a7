// The overlays without chance: complete, ring, torus, star.
#include <fmt/format.h>

#include "base/error.h"
#include "models/overlay_kinds.h"

namespace windtunnel::models {

Overlay CompleteOverlay::build(std::size_t peers, sim::RandomStream&) const {
  Overlay overlay(peers);
  for (Peer a = 0; a < peers; ++a) {
    for (Peer b = a + 1; b < peers; ++b) overlay.join(a, b);
  }
  return overlay;
}

Overlay RingOverlay::build(std::size_t peers, sim::RandomStream&) const {
  Overlay overlay(peers);
  for (Peer a = 0; a + 1 < peers; ++a) overlay.join(a, a + 1);
  if (peers > 2) overlay.join(static_cast<Peer>(peers - 1), 0);
  return overlay;
}

void TorusOverlay::describe(Fields& f) {
  f("rows", rows, "rows of the grid, a divisor of the number of peers; 0 for the most square grid", {.min = 0});
}

Overlay TorusOverlay::build(std::size_t peers, sim::RandomStream&) const {
  std::size_t height = static_cast<std::size_t>(rows);
  if (rows == 0) {
    for (std::size_t divisor = 1; divisor * divisor <= peers; ++divisor) {
      if (peers % divisor == 0) height = divisor;
    }
  }
  if (rows < 0 || height > peers || peers % height != 0) {
    throw InputError(fmt::format("torus.rows: {} does not divide {} peers; allowed: a divisor, or 0", rows, peers));
  }
  const std::size_t width = peers / height;
  Overlay overlay(peers);
  for (std::size_t row = 0; row < height; ++row) {
    for (std::size_t column = 0; column < width; ++column) {
      const auto here = static_cast<Peer>(row * width + column);
      const auto right = static_cast<Peer>(row * width + (column + 1) % width);
      const auto below = static_cast<Peer>((row + 1) % height * width + column);
      if (right != here) overlay.join(here, right);
      if (below != here) overlay.join(here, below);
    }
  }
  return overlay;
}

Overlay StarOverlay::build(std::size_t peers, sim::RandomStream&) const {
  Overlay overlay(peers);
  for (Peer a = 1; a < peers; ++a) overlay.join(0, a);
  return overlay;
}

}  // namespace windtunnel::models
