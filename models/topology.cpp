#include "models/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <limits>

#include "base/error.h"

namespace windtunnel::models {

SiteId Topology::add_site(std::string_view name) {
  names_.emplace_back(name);
  ends_.emplace_back();
  add_vertex(graph_);
  return static_cast<SiteId>(names_.size() - 1);
}

LinkId Topology::add_link(const Link& link) {
  if (!has(link.a) || !has(link.b) || link.a == link.b) {
    throw InputError(fmt::format("network link {} – {}: it must join two different sites of the {} there are",
                                 index(link.a), index(link.b), sites()));
  }
  if (link.latency < Duration(0) || !(link.bandwidth.bytes_per_s > 0)) {
    throw InputError(
        fmt::format("network link {} – {}: latency {}, bandwidth {}; allowed: latency from 0, bandwidth above 0",
                    name(link.a), name(link.b), format(link.latency), format(link.bandwidth)));
  }
  add_edge(index(link.a), index(link.b), {static_cast<std::uint32_t>(links_.size()), link.latency.count()}, graph_);
  // A new leaf on an inner site is on nobody else's way.
  const auto [fewer, more] = std::minmax({degree(link.a), degree(link.b)});
  if (fewer > 0 || more < 2) trees_.clear();
  for (SiteId site : {link.a, link.b}) {
    End& end = ends_[index(site)];
    if (end.degree++ > 0) continue;
    end.first_link = static_cast<std::uint32_t>(links_.size());
    end.first_neighbour = site == link.a ? link.b : link.a;
    end.first_latency_ns = link.latency.count();
  }
  links_.push_back(link);
  lost_.push_back(false);
  return static_cast<LinkId>(links_.size() - 1);
}

void Topology::set_lost(LinkId link, bool lost) {
  check(index(link) < links_.size(), "there is such a link");
  if (lost_[index(link)] == lost) return;
  lost_[index(link)] = lost;
  const Link& changed = links_[index(link)];
  if (!is_leaf(changed.a) && !is_leaf(changed.b)) trees_.clear();
}

std::vector<bool> Topology::members(const std::vector<SiteId>& sites) const {
  std::vector<bool> result(names_.size(), false);
  for (SiteId site : sites) {
    check(has(site), "a cut separates sites that exist");
    result[index(site)] = true;
  }
  return result;
}

CutId Topology::cut(std::vector<SiteId> side, std::vector<SiteId> others) {
  cuts_.push_back({members(side), members(others), others.empty(), false});
  ++standing_cuts_;
  return static_cast<CutId>(cuts_.size() - 1);
}

void Topology::heal(CutId id) {
  check(static_cast<std::size_t>(id) < cuts_.size(), "there is such a cut");
  Cut& cut = cuts_[static_cast<std::size_t>(id)];
  if (!cut.healed) --standing_cuts_;
  cut = {.side = {}, .others = {}, .healed = true};
}

bool Topology::separated(SiteId a, SiteId b) const {
  if (standing_cuts_ == 0 || a == b) return false;
  const auto in = [](const std::vector<bool>& set, SiteId site) {
    return index(site) < set.size() && set[index(site)];
  };
  return std::any_of(cuts_.begin(), cuts_.end(), [&](const Cut& cut) {
    if (cut.healed) return false;
    const bool a_side = in(cut.side, a), b_side = in(cut.side, b);
    if (cut.from_all) return a_side != b_side;
    return (a_side && in(cut.others, b)) || (b_side && in(cut.others, a));
  });
}

const Topology::Tree& Topology::tree(SiteId from) const {
  if (const auto cached = trees_.find(static_cast<std::uint32_t>(from)); cached != trees_.end()) return cached->second;
  Tree found{std::vector<std::int64_t>(names_.size(), unreachable), std::vector<std::uint32_t>(names_.size(), no_link)};
  std::vector<Graph::edge_descriptor> last(names_.size());
  const boost::filtered_graph remaining(graph_, IsThere{&graph_, &lost_});
  boost::dijkstra_shortest_paths(remaining, index(from),
                                 boost::weight_map(get(&EdgeInfo::latency_ns, remaining))
                                     .distance_map(found.distance_ns.data())
                                     .distance_inf(unreachable)
                                     .visitor(boost::make_dijkstra_visitor(
                                         boost::record_edge_predecessors(last.data(), boost::on_edge_relaxed()))));
  for (std::size_t site = 0; site < last.size(); ++site) {
    const bool reached = site != index(from) && found.distance_ns[site] != unreachable;
    if (reached) found.last_link[site] = graph_[last[site]].link;
  }
  return trees_.emplace(static_cast<std::uint32_t>(from), std::move(found)).first->second;
}

std::optional<Duration> Topology::distance(SiteId from, SiteId to) const {
  if (from == to) return Duration(0);
  if (separated(from, to)) return std::nullopt;
  Duration on_leaves{0};
  for (SiteId* site : {&from, &to}) {
    if (from == to || !is_leaf(*site)) continue;
    const End& end = ends_[index(*site)];
    if (lost_[end.first_link]) return std::nullopt;
    on_leaves += Duration(end.first_latency_ns);
    *site = end.first_neighbour;
  }
  if (from == to) return on_leaves;
  const std::vector<std::int64_t>& distances = tree(from).distance_ns;
  if (index(to) >= distances.size() || distances[index(to)] == unreachable) return std::nullopt;
  return on_leaves + Duration(distances[index(to)]);
}

}  // namespace windtunnel::models
