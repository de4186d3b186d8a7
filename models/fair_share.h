// Max-min fair rates of flows that share resources (NICs, directions of links, caps of single connections).
// Promise: after `update` no flow could be faster without making one that is not faster than it slower: every flow has a
// bottleneck, a resource that it crosses, that is used up, and on which no flow is faster. There is exactly one such
// allocation, so it does not depend on the order in which flows came.
//
// Only what is coupled through used-up resources is computed again: the flows that may have changed are filled
// progressively with all others held fixed, then every flow whose bottleneck might be none any more joins them, until the
// bottleneck condition holds everywhere.
//
// Most changes need none of this. Each resource reserves, on all others that its flows cross, a little more than they have;
// one whose reservations fit is *open*: nothing is held back there, whatever happens within them. A *star*, a resource that
// holds back all its flows while these cross open ones otherwise, gives each its capacity by their number, and one that
// comes or goes costs nothing for the others.
//
// Knows no clock and no units: a capacity is an amount per time.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace windtunnel::models {

class FairShare {
 public:
  using ResourceId = std::uint32_t;
  using FlowId = std::uint32_t;
  static constexpr ResourceId none = 0xffffffff;

  /// `capacity` > 0 and finite (checked). Ids of removed resources are used again.
  ResourceId add_resource(double capacity);
  /// Precondition: no flow crosses it (checked).
  void remove_resource(ResourceId resource);
  double capacity(ResourceId resource) const { return resources_[resource].capacity; }

  /// `path`: the resources it crosses, at least one, each once. It has no rate before the next update.
  FlowId add_flow(std::span<const ResourceId> path);
  void remove_flow(FlowId flow);
  /// Whether the flow crosses exactly these resources in this order.
  bool crosses(FlowId flow, std::span<const ResourceId> path) const;
  std::size_t flows() const { return flows_.size() - free_flows_.size(); }

  /// What an update did to a flow: it is held back by another resource than before (`none` for a new flow).
  struct Move {
    FlowId flow;
    ResourceId from, to;
  };
  /// Makes the allocation max-min fair. `moves` and `levelled` tell what changed, until the next update.
  void update();
  std::span<const Move> moves() const { return moves_; }
  /// Resources whose level changed.
  std::span<const ResourceId> levelled() const { return levelled_; }

  /// The resource that holds the flow back, and the rate of all flows that it holds back. Valid after an update.
  ResourceId bottleneck(FlowId flow) const { return flows_[flow].bottleneck; }
  double level(ResourceId resource) const { return resources_[resource].level; }
  double rate(FlowId flow) const;

 private:
  struct Hop {
    ResourceId resource;
    std::uint32_t position;  ///< in the resource's list of crossing flows
  };
  struct Flow {
    boost::container::small_vector<Hop, 4> path;  ///< keeps its memory from flow to flow
    ResourceId bottleneck = none;
    std::uint32_t closed = 0;     ///< how many resources of its path beside the bottleneck are not open
    bool alive = false;
    bool chosen = false;          ///< during an update: among those computed again
    bool narrow = false;          ///< and only its bottleneck is looked at: its reservations elsewhere will do
    bool filled = false;          ///< during a filling: has its rate
    ResourceId new_bottleneck = none;
  };
  struct Crossing {
    FlowId flow;
    std::uint32_t hop;  ///< index of this resource in the flow's path
  };
  struct Resource {
    double capacity = 0;
    double load = 0;   ///< sum of the rates of the flows that cross it
    double level = 0;  ///< rate of the flows it holds back
    double reserve = 0;   ///< ≥ level: what each of those has reserved on the other resources of its path
    double reserved = 0;  ///< here, by the flows that others hold back
    std::uint32_t held = 0;   ///< how many flows it holds back
    std::uint32_t fresh = 0;  ///< how many cross it that have no rate yet
    std::uint32_t closed = 0;  ///< how often the flows that it holds back cross resources that are not open
    bool open = true;          ///< holds nobody back, and what is reserved fits
    bool load_known = true;    ///< never of use while it is open
    boost::container::small_vector<Crossing, 4> crossing;
    // During an update:
    bool involved = false;  ///< a chosen flow crosses it
    std::uint32_t chosen = 0;        ///< how many chosen flows cross it
    std::uint32_t chosen_held = 0;   ///< and how many of them it held back before
    std::uint32_t unfilled = 0;
    double chosen_load = 0;          ///< old rates of the chosen ones
    double rest = 0;                 ///< capacity left for the unfilled ones
    double new_load = 0;             ///< new rates of the chosen ones
    double fastest = 0;              ///< of those
    double new_level = -1;           ///< ≥ 0: bottleneck of some chosen flow
  };
  struct Share {
    double per_flow;
    ResourceId resource;
  };

  double load(const Resource& resource) const;
  void assign(FlowId flow, ResourceId bottleneck);
  void leave_bottleneck(Flow& flow);
  void open_or_close(ResourceId resource);
  static double reserve_for(const Resource& resource, double level);
  void reserve(ResourceId resource, double level);
  void set_level(ResourceId resource, double level);
  bool join_star(FlowId flow);
  bool join_star(FlowId flow, ResourceId center);
  bool level_star(ResourceId center);
  void choose(FlowId flow);
  void widen(FlowId flow);
  void involve(ResourceId resource, const Flow& flow);
  void choose_held(ResourceId resource);
  void fill();
  void fill_from(ResourceId resource, double level);
  bool choose_more();
  void commit();

  std::vector<Resource> resources_;
  std::vector<Flow> flows_;
  std::vector<ResourceId> free_resources_;
  std::vector<FlowId> free_flows_;
  std::vector<FlowId> new_flows_;
  std::vector<ResourceId> disturbed_;
  std::vector<FlowId> chosen_;
  std::vector<ResourceId> involved_;
  std::vector<Share> shares_;
  std::size_t unfilled_ = 0;  ///< chosen flows without a rate, during a filling
  std::vector<Move> moves_;
  std::vector<ResourceId> levelled_;
};

}  // namespace windtunnel::models
