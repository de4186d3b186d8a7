// Sites, the links between them, and the best way from one site to another: least latency, over links that are there, unless
// a cut separates the two.
// Promise: routes are searched once per inner site and change of the inner topology. A leaf, a site with one link, needs no
// search of its own: its ways are its neighbour's, over that link. So a star of n leaves costs O(n), and so does adding them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "base/units.h"
#include "models/network.h"

namespace windtunnel::models {

class Topology {
 public:
  SiteId add_site(std::string_view name);
  /// Throws InputError for sites that do not exist, a link from a site to itself, a negative latency, a bandwidth ≤ 0.
  LinkId add_link(const Link& link);
  void set_lost(LinkId link, bool lost);
  CutId cut(std::vector<SiteId> side, std::vector<SiteId> others);
  void heal(CutId cut);

  std::size_t sites() const { return names_.size(); }
  std::size_t links() const { return links_.size(); }
  const std::string& name(SiteId site) const { return names_[index(site)]; }
  bool has(SiteId site) const { return index(site) < names_.size(); }

  /// Latency of the best way from site to site, 0 from a site to itself; none when there is no way or a cut is in it.
  std::optional<Duration> distance(SiteId from, SiteId to) const;
  /// Calls `visit(link, forward)` for each link of the best way, from its end to its beginning; forward: in the direction
  /// from Link::a to Link::b. Precondition: distance(from, to) is not none.
  template <class Visit>
  void along(SiteId from, SiteId to, Visit visit) const {
    const auto arrive = [&](SiteId at, std::uint32_t number) {
      const Link& link = links_[number];
      const bool forward = link.b == at;
      visit(static_cast<LinkId>(number), forward);
      return forward ? link.a : link.b;
    };
    if (from == to) return;
    SiteId at = to;
    if (is_leaf(to)) at = arrive(at, first_link(to));
    if (at == from) return;
    const SiteId start = is_leaf(from) ? neighbour(from) : from;
    if (at != start) {
      const Tree& best = tree(start);
      while (at != start) at = arrive(at, best.last_link[index(at)]);
    }
    if (start != from) arrive(start, first_link(from));
  }

  /// Trees of best ways that are kept now.
  std::size_t trees() const { return trees_.size(); }

 private:
  struct EdgeInfo {
    std::uint32_t link = 0;
    std::int64_t latency_ns = 0;
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property, EdgeInfo>;
  static constexpr std::int64_t unreachable = std::numeric_limits<std::int64_t>::max();
  static constexpr std::uint32_t no_link = 0xffffffff;

  struct IsThere {
    const Graph* graph = nullptr;
    const std::vector<bool>* lost = nullptr;
    bool operator()(const Graph::edge_descriptor& edge) const { return !(*lost)[(*graph)[edge].link]; }
  };
  /// The best ways from one inner site to all inner sites.
  struct Tree {
    std::vector<std::int64_t> distance_ns;
    std::vector<std::uint32_t> last_link;  ///< on the way to each site
  };
  struct Cut {
    std::vector<bool> side, others;  ///< by site; sites added later are in neither
    bool from_all = false;           ///< others are all that are not in `side`
    bool healed = false;
  };

  /// What a way that begins or ends at a site needs to know of it, in one place.
  struct End {
    std::uint32_t degree = 0;           ///< links, lost ones too
    std::uint32_t first_link = no_link;
    SiteId first_neighbour{};           ///< on the other side of that link
    std::int64_t first_latency_ns = 0;
  };

  static std::size_t index(SiteId site) { return static_cast<std::size_t>(site); }
  static std::size_t index(LinkId link) { return static_cast<std::size_t>(link); }
  std::size_t degree(SiteId site) const { return ends_[index(site)].degree; }
  bool is_leaf(SiteId site) const { return degree(site) == 1; }
  std::uint32_t first_link(SiteId site) const { return ends_[index(site)].first_link; }
  /// Of a leaf.
  SiteId neighbour(SiteId leaf) const { return ends_[index(leaf)].first_neighbour; }
  const Tree& tree(SiteId from) const;
  bool separated(SiteId a, SiteId b) const;
  std::vector<bool> members(const std::vector<SiteId>& sites) const;

  Graph graph_;
  std::vector<std::string> names_;
  std::vector<Link> links_;
  std::vector<bool> lost_;
  std::vector<Cut> cuts_;
  std::size_t standing_cuts_ = 0;
  std::vector<End> ends_;  // by site
  mutable std::unordered_map<std::uint32_t, Tree> trees_;  // by site
};

}  // namespace windtunnel::models
