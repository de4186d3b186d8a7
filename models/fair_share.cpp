#include "models/fair_share.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// Relative difference below which two rates count as equal: far above what rounding adds up to, far below what anybody
// sees.
constexpr double equal = 1e-9;

bool exceeds(double a, double b) { return a > b + equal * b; }

}  // namespace

FairShare::ResourceId FairShare::add_resource(double capacity) {
  check(capacity > 0 && std::isfinite(capacity), "a shared resource has a positive, finite capacity");
  ResourceId id;
  if (free_resources_.empty()) {
    id = static_cast<ResourceId>(resources_.size());
    resources_.emplace_back();
  } else {
    id = free_resources_.back();
    free_resources_.pop_back();
  }
  Resource& resource = resources_[id];
  resource.capacity = capacity;
  resource.load = 0;
  resource.level = 0;
  return id;
}

void FairShare::remove_resource(ResourceId resource) {
  check(resources_[resource].crossing.empty(), "no flow crosses a resource that is removed");
  free_resources_.push_back(resource);
}

FairShare::FlowId FairShare::add_flow(std::span<const ResourceId> path) {
  check(!path.empty(), "a flow crosses at least one resource");
  FlowId id;
  if (free_flows_.empty()) {
    id = static_cast<FlowId>(flows_.size());
    flows_.emplace_back();
  } else {
    id = free_flows_.back();
    free_flows_.pop_back();
  }
  Flow& flow = flows_[id];
  flow.alive = true;
  flow.bottleneck = none;
  flow.path.clear();
  for (ResourceId r : path) {
    Resource& resource = resources_[r];
    resource.crossing.push_back({id, static_cast<std::uint32_t>(flow.path.size())});
    flow.path.push_back({r, static_cast<std::uint32_t>(resource.crossing.size() - 1)});
  }
  new_flows_.push_back(id);
  return id;
}

void FairShare::remove_flow(FlowId id) {
  Flow& flow = flows_[id];
  check(flow.alive, "a flow is removed once");
  const double rate = this->rate(id);
  if (flow.bottleneck != none) --resources_[flow.bottleneck].held;
  for (const Hop& hop : flow.path) {
    Resource& resource = resources_[hop.resource];
    const Crossing last = resource.crossing.back();
    resource.crossing[hop.position] = last;
    flows_[last.flow].path[last.hop].position = hop.position;
    resource.crossing.pop_back();
    resource.load = resource.crossing.empty() ? 0 : std::max(0.0, resource.load - rate);
    // Whoever the resource still holds back may be faster now. One that holds nobody back matters to nobody.
    if (resource.held > 0) disturbed_.push_back(hop.resource);
  }
  flow.alive = false;
  flow.bottleneck = none;
  free_flows_.push_back(id);
}

bool FairShare::crosses(FlowId id, std::span<const ResourceId> path) const {
  return std::equal(flows_[id].path.begin(), flows_[id].path.end(), path.begin(), path.end(),
                    [](const Hop& hop, ResourceId resource) { return hop.resource == resource; });
}

double FairShare::rate(FlowId id) const {
  const ResourceId bottleneck = flows_[id].bottleneck;
  return bottleneck == none ? 0 : resources_[bottleneck].level;
}

void FairShare::choose(FlowId id) {
  Flow& flow = flows_[id];
  if (flow.chosen) return;
  flow.chosen = true;
  chosen_.push_back(id);
  const double rate = this->rate(id);
  for (const Hop& hop : flow.path) {
    Resource& resource = resources_[hop.resource];
    if (!resource.involved) {
      resource.involved = true;
      resource.chosen = 0;
      resource.chosen_held = 0;
      resource.chosen_load = 0;
      involved_.push_back(hop.resource);
    }
    ++resource.chosen;
    resource.chosen_load += rate;
    if (flow.bottleneck == hop.resource) ++resource.chosen_held;
  }
}

void FairShare::choose_held(ResourceId id) {
  if (resources_[id].held == 0) return;
  for (const Crossing& crossing : resources_[id].crossing) {
    if (flows_[crossing.flow].bottleneck == id) choose(crossing.flow);
  }
}

void FairShare::update() {
  moves_.clear();
  levelled_.clear();
  for (ResourceId resource : disturbed_) choose_held(resource);
  for (FlowId id : new_flows_) {
    if (!flows_[id].alive || flows_[id].bottleneck != none) continue;
    choose(id);
    for (const Hop& hop : flows_[id].path) choose_held(hop.resource);
  }
  disturbed_.clear();
  new_flows_.clear();
  if (chosen_.empty()) return;
  do {
    fill();
  } while (choose_more());
  commit();
}

// Progressive filling of the chosen flows: raise all rates together; whenever a resource is used up, its flows have their
// rate. The fair share of a resource only grows while others are used up, so an old key in the heap is a lower bound.
void FairShare::fill() {
  const auto later = [](const Share& a, const Share& b) {
    return a.per_flow != b.per_flow ? a.per_flow > b.per_flow : a.resource > b.resource;
  };
  shares_.clear();
  for (ResourceId id : involved_) {
    Resource& resource = resources_[id];
    const bool all = resource.chosen == resource.crossing.size();
    resource.rest = all ? resource.capacity
                        : std::max(0.0, resource.capacity - std::max(0.0, resource.load - resource.chosen_load));
    resource.unfilled = resource.chosen;
    resource.new_load = 0;
    resource.fastest = 0;
    resource.new_level = -1;
    shares_.push_back({resource.rest / resource.unfilled, id});
  }
  for (FlowId id : chosen_) flows_[id].filled = false;
  unfilled_ = chosen_.size();
  // Most often one resource holds back all that are chosen, and no order of the others is needed.
  const Share least = *std::max_element(shares_.begin(), shares_.end(), later);
  double level = least.per_flow;
  fill_from(least.resource, level);
  if (unfilled_ > 0) std::make_heap(shares_.begin(), shares_.end(), later);
  while (unfilled_ > 0) {
    std::pop_heap(shares_.begin(), shares_.end(), later);
    const Share share = shares_.back();
    shares_.pop_back();
    Resource& resource = resources_[share.resource];
    if (resource.unfilled == 0) continue;
    const double per_flow = std::max(0.0, resource.rest) / resource.unfilled;
    if (exceeds(per_flow, share.per_flow)) {
      shares_.push_back({per_flow, share.resource});
      std::push_heap(shares_.begin(), shares_.end(), later);
      continue;
    }
    level = std::max(level, per_flow);
    fill_from(share.resource, level);
  }
}

void FairShare::fill_from(ResourceId id, double level) {
  resources_[id].new_level = level;
  for (const Crossing& crossing : resources_[id].crossing) {
    Flow& flow = flows_[crossing.flow];
    if (!flow.chosen || flow.filled) continue;
    flow.filled = true;
    --unfilled_;
    flow.new_bottleneck = id;
    for (const Hop& hop : flow.path) {
      Resource& resource = resources_[hop.resource];
      --resource.unfilled;
      resource.rest -= level;
      resource.new_load += level;
      resource.fastest = level;  // levels only rise
    }
  }
}

// Chooses flows outside the chosen ones whose bottleneck condition the filling broke, or that are in the way of one of
// the chosen. Returns whether there was any.
bool FairShare::choose_more() {
  const std::size_t before = chosen_.size();
  const std::size_t involved = involved_.size();
  for (std::size_t i = 0; i < involved; ++i) {
    const ResourceId id = involved_[i];
    const Resource& resource = resources_[id];
    if (resource.chosen == resource.crossing.size()) continue;
    if (resource.held > resource.chosen_held) {
      const double load = std::max(0.0, resource.load - resource.chosen_load) + resource.new_load;
      if (exceeds(resource.capacity, load) || exceeds(resource.fastest, resource.level)) choose_held(id);
    }
    if (resource.new_level >= 0) {
      for (const Crossing& crossing : resource.crossing) {
        if (!flows_[crossing.flow].chosen && exceeds(rate(crossing.flow), resource.new_level)) choose(crossing.flow);
      }
    }
  }
  return chosen_.size() > before;
}

void FairShare::commit() {
  for (ResourceId id : involved_) {
    Resource& resource = resources_[id];
    const bool all = resource.chosen == resource.crossing.size();
    resource.load = (all ? 0 : std::max(0.0, resource.load - resource.chosen_load)) + resource.new_load;
    resource.involved = false;
    if (resource.new_level >= 0 && resource.new_level != resource.level) levelled_.push_back(id);
    if (resource.new_level >= 0) resource.level = resource.new_level;
  }
  for (FlowId id : chosen_) {
    Flow& flow = flows_[id];
    flow.chosen = false;
    if (flow.bottleneck == flow.new_bottleneck) continue;
    if (flow.bottleneck != none) --resources_[flow.bottleneck].held;
    ++resources_[flow.new_bottleneck].held;
    moves_.push_back({id, flow.bottleneck, flow.new_bottleneck});
    flow.bottleneck = flow.new_bottleneck;
  }
  chosen_.clear();
  involved_.clear();
}

}  // namespace windtunnel::models
