#include "models/fair_share.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// Relative difference below which two rates count as equal: far above what rounding adds up to, far below what anybody
// sees.
constexpr double equal = 1e-9;

bool exceeds(double a, double b) { return a > b + equal * b; }

// What is reserved for a level, and how much of its capacity a resource must have free again to be open: margins that
// spread what it costs to look at all flows over as many changes as there are flows.
constexpr double headroom = 1.25;
constexpr double reopening = 0.9;

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
  resource.load_known = true;
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
    ++resource.fresh;
    flow.path.push_back({r, static_cast<std::uint32_t>(resource.crossing.size() - 1)});
  }
  new_flows_.push_back(id);
  return id;
}

void FairShare::remove_flow(FlowId id) {
  Flow& flow = flows_[id];
  check(flow.alive, "a flow is removed once");
  const double rate = this->rate(id);
  leave_bottleneck(flow);
  for (const Hop& hop : flow.path) {
    Resource& resource = resources_[hop.resource];
    const Crossing last = resource.crossing.back();
    resource.crossing[hop.position] = last;
    flows_[last.flow].path[last.hop].position = hop.position;
    resource.crossing.pop_back();
    resource.load = std::max(0.0, resource.load - rate);
    if (resource.crossing.empty()) resource.load = resource.reserved = 0;
    // Whoever the resource still holds back may be faster now. One that holds nobody back matters to nobody.
    if (resource.held > 0) disturbed_.push_back(hop.resource);
    open_or_close(hop.resource);
  }
  flow.alive = false;
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

double FairShare::load(const Resource& resource) const {
  if (resource.load_known && !resource.open) return resource.load;
  double sum = 0;
  for (const Crossing& crossing : resource.crossing) sum += rate(crossing.flow);
  return sum;
}

// Takes back what the flow has reserved, or that it is fresh.
void FairShare::leave_bottleneck(Flow& flow) {
  const ResourceId from = std::exchange(flow.bottleneck, none);
  flow.closed = 0;
  for (const Hop& hop : flow.path) {
    Resource& resource = resources_[hop.resource];
    if (from == none) {
      --resource.fresh;
    } else if (hop.resource == from) {
      --resource.held;
    } else {
      resource.reserved -= resources_[from].reserve;
      if (!resource.open) --resources_[from].closed;
    }
  }
}

void FairShare::assign(FlowId id, ResourceId bottleneck) {
  Flow& flow = flows_[id];
  if (flow.bottleneck == bottleneck) return;
  moves_.push_back({id, flow.bottleneck, bottleneck});
  leave_bottleneck(flow);
  flow.bottleneck = bottleneck;
  for (const Hop& hop : flow.path) {
    Resource& resource = resources_[hop.resource];
    if (hop.resource == bottleneck) {
      ++resource.held;
    } else {
      resource.reserved += resources_[bottleneck].reserve;
      if (!resource.open) {
        ++flow.closed;
        ++resources_[bottleneck].closed;
      }
    }
  }
  for (const Hop& hop : flow.path) open_or_close(hop.resource);
}

void FairShare::open_or_close(ResourceId id) {
  Resource& resource = resources_[id];
  const bool open = resource.held == 0 && resource.reserved <= (resource.open ? 1.0 : reopening) * resource.capacity;
  if (open == resource.open) return;
  resource.open = open;
  resource.load_known = false;
  for (const Crossing& crossing : resource.crossing) {
    Flow& flow = flows_[crossing.flow];
    if (flow.bottleneck == none || flow.bottleneck == id) continue;
    flow.closed += open ? -1u : 1u;
    resources_[flow.bottleneck].closed += open ? -1u : 1u;
  }
}

// Another reserve than it has only when that is too little for a level, or more than twice what it needs.
double FairShare::reserve_for(const Resource& resource, double level) {
  if (level <= resource.reserve && resource.reserve <= 2 * level) return resource.reserve;
  return std::min(headroom * level, std::max(level, resource.capacity));
}

void FairShare::reserve(ResourceId id, double level) {
  Resource& resource = resources_[id];
  const double reserve = reserve_for(resource, level);
  if (reserve == resource.reserve) return;
  const double more = reserve - resource.reserve;
  resource.reserve = reserve;
  if (resource.held == 0) return;
  for (const Crossing& crossing : resource.crossing) {
    if (flows_[crossing.flow].bottleneck != id) continue;
    for (const Hop& hop : flows_[crossing.flow].path) {
      if (hop.resource == id) continue;
      resources_[hop.resource].reserved += more;
      open_or_close(hop.resource);
    }
  }
}

void FairShare::set_level(ResourceId id, double level) {
  if (resources_[id].level != level) levelled_.push_back(id);
  resources_[id].level = level;
}

// Gives a new flow its rate, if it becomes part of a star; returns whether it does.
bool FairShare::join_star(FlowId id) {
  for (const Hop& hop : flows_[id].path) {
    if (join_star(id, hop.resource)) return true;
  }
  return false;
}

bool FairShare::join_star(FlowId id, ResourceId center_id) {
  Resource& center = resources_[center_id];
  if (center.fresh > 1 || center.held + 1 < center.crossing.size() || center.closed > 0) return false;
  const double level = center.capacity / static_cast<double>(center.crossing.size());
  const double reserve = reserve_for(center, level);
  for (const Hop& hop : flows_[id].path) {
    const Resource& other = resources_[hop.resource];
    if (hop.resource != center_id && (!other.open || other.reserved + reserve > other.capacity)) return false;
  }
  this->reserve(center_id, level);
  assign(id, center_id);
  set_level(center_id, level);
  center.load_known = false;
  return true;
}

// Gives the flows of a star their rate when some have gone; returns whether it is one and stays one.
bool FairShare::level_star(ResourceId id) {
  Resource& center = resources_[id];
  if (center.crossing.empty()) return true;
  if (center.held < center.crossing.size() || center.closed > 0) return false;
  const double level = center.capacity / static_cast<double>(center.crossing.size());
  reserve(id, level);
  if (center.closed > 0) return false;
  set_level(id, level);
  center.load_known = false;
  return true;
}

void FairShare::choose(FlowId id) {
  Flow& flow = flows_[id];
  if (flow.chosen) return;
  flow.chosen = true;
  chosen_.push_back(id);
  flow.narrow = flow.bottleneck != none && flow.closed == 0;
  if (flow.narrow) return involve(flow.bottleneck, flow);
  for (const Hop& hop : flow.path) involve(hop.resource, flow);
}

void FairShare::widen(FlowId id) {
  Flow& flow = flows_[id];
  flow.narrow = false;
  for (const Hop& hop : flow.path) {
    if (hop.resource != flow.bottleneck) involve(hop.resource, flow);
  }
}

void FairShare::involve(ResourceId id, const Flow& flow) {
  Resource& resource = resources_[id];
  if (!resource.involved) {
    resource.involved = true;
    resource.load = load(resource);
    resource.chosen = 0;
    resource.chosen_held = 0;
    resource.chosen_load = 0;
    resource.new_level = -1;
    involved_.push_back(id);
  }
  ++resource.chosen;
  if (flow.bottleneck == none) return;
  resource.chosen_load += resources_[flow.bottleneck].level;
  if (flow.bottleneck == id) ++resource.chosen_held;
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
  // First all that stars take, then the rest together.
  std::erase_if(new_flows_, [&](FlowId id) { return !flows_[id].alive || flows_[id].bottleneck != none || join_star(id); });
  std::erase_if(disturbed_, [&](ResourceId id) { return level_star(id); });
  for (ResourceId resource : disturbed_) choose_held(resource);
  for (FlowId id : new_flows_) {
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
    if (!flow.chosen || flow.filled || (flow.narrow && flow.bottleneck != id)) continue;
    flow.filled = true;
    --unfilled_;
    flow.new_bottleneck = id;
    for (const Hop& hop : flow.path) {
      if (flow.narrow && hop.resource != id) continue;
      Resource& resource = resources_[hop.resource];
      --resource.unfilled;
      resource.rest -= level;
      resource.new_load += level;
      resource.fastest = level;  // levels only rise
    }
  }
}

// Chooses flows outside the chosen ones whose bottleneck condition the filling broke, or that are in the way of one of
// the chosen, and looks at all of the path where reservations may not do. Returns whether there was anything.
bool FairShare::choose_more() {
  const std::size_t before = chosen_.size();
  bool widened = false;
  const std::size_t involved = involved_.size();
  for (std::size_t i = 0; i < involved; ++i) {
    const ResourceId id = involved_[i];
    const Resource& resource = resources_[id];
    // What narrow ones have reserved, for their bottleneck or here, is exceeded, or they are in the way.
    const bool outgrown = resource.new_level > resource.reserve;
    const bool full = resource.open && resource.reserved - resource.chosen_load + resource.new_load > resource.capacity;
    const bool others_narrow = resource.chosen < resource.crossing.size() && (full || resource.new_level >= 0);
    if (outgrown || others_narrow) {
      for (const Crossing& crossing : resource.crossing) {
        const Flow& flow = flows_[crossing.flow];
        if (!flow.narrow || (flow.bottleneck == id && !outgrown)) continue;
        widen(crossing.flow);
        widened = true;
      }
    }
    if (resource.chosen == resource.crossing.size()) continue;
    if (resource.held > resource.chosen_held) {
      const double load = std::max(0.0, resource.load - resource.chosen_load) + resource.new_load;
      if (exceeds(resource.capacity, load) || exceeds(resource.fastest, resource.level)) choose_held(id);
    }
    if (resource.new_level >= 0) {
      for (const Crossing& crossing : resource.crossing) {
        if (!flows_[crossing.flow].chosen && exceeds(rate(crossing.flow), resource.new_level)) {
          choose(crossing.flow);
          if (flows_[crossing.flow].narrow) widen(crossing.flow);
        }
      }
    }
  }
  return widened || chosen_.size() > before;
}

void FairShare::commit() {
  for (ResourceId id : involved_) {
    Resource& resource = resources_[id];
    const bool all = resource.chosen == resource.crossing.size();
    resource.load = (all ? 0 : std::max(0.0, resource.load - resource.chosen_load)) + resource.new_load;
    resource.load_known = true;
    resource.involved = false;
  }
  for (ResourceId id : involved_) {
    if (resources_[id].new_level < 0) continue;
    reserve(id, resources_[id].new_level);
    set_level(id, resources_[id].new_level);
  }
  for (FlowId id : chosen_) {
    flows_[id].chosen = false;
    flows_[id].narrow = false;
    assign(id, flows_[id].new_bottleneck);
  }
  chosen_.clear();
  involved_.clear();
}

}  // namespace windtunnel::models
