// Diameter, degrees and cut vertices of an overlay.
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/connected_components.hpp>
#include <iterator>
#include <vector>

#include "models/overlay.h"

namespace windtunnel::models {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

Graph graph_of(const Overlay& overlay) {
  Graph graph(overlay.peers());
  for (Peer a = 0; a < overlay.peers(); ++a) {
    for (Peer b : overlay.neighbours(a)) {
      if (a < b) add_edge(a, b, graph);
    }
  }
  return graph;
}

// The farthest peer's distance, by breadth-first search that ends when it has seen all: in dense graphs after few
// steps.
std::size_t eccentricity(const Overlay& overlay, Peer from) {
  std::vector<bool> seen(overlay.peers(), false);
  std::vector<Peer> level{from};
  seen[from] = true;
  std::size_t unseen = overlay.peers() - 1;
  std::size_t distance = 0;
  while (unseen > 0 && !level.empty()) {
    std::vector<Peer> next;
    for (Peer peer : level) {
      for (Peer neighbour : overlay.neighbours(peer)) {
        if (seen[neighbour]) continue;
        seen[neighbour] = true;
        next.push_back(neighbour);
        if (--unseen == 0) return distance + 1;
      }
    }
    level = std::move(next);
    ++distance;
  }
  return distance;
}

}  // namespace

OverlayShape shape(const Overlay& overlay) {
  OverlayShape result;
  const Graph graph = graph_of(overlay);
  std::vector<std::size_t> component(overlay.peers());
  result.connected = boost::connected_components(graph, component.data()) == 1;
  result.degree_min = overlay.degree(0);
  std::size_t farthest = 0;
  for (Peer peer = 0; peer < overlay.peers(); ++peer) {
    result.degree_min = std::min(result.degree_min, overlay.degree(peer));
    result.degree_max = std::max(result.degree_max, overlay.degree(peer));
    if (result.connected) farthest = std::max(farthest, eccentricity(overlay, peer));
  }
  if (result.connected) result.diameter = farthest;
  result.degree_mean = 2.0 * static_cast<double>(overlay.edges()) / static_cast<double>(overlay.peers());
  std::vector<std::size_t> cut;
  boost::articulation_points(graph, std::back_inserter(cut));
  std::sort(cut.begin(), cut.end());
  for (std::size_t peer : cut) result.cut_vertices.push_back(static_cast<Peer>(peer));
  return result;
}

}  // namespace windtunnel::models
