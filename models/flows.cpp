#include "models/flows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// Whole nanoseconds, rounded up, that `bytes` take at `rate`. What rounding errors of the arithmetic alone could add is
// not worth a nanosecond.
std::int64_t nanoseconds(double bytes, double rate) {
  const double ns = bytes / rate * 1e9;
  const double whole = std::ceil(ns - 1e-3 - 4e-15 * ns);
  if (!(whole < 9e18)) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(whole));
}

sim::Time later(sim::Time now, std::int64_t ns) {
  const std::int64_t most = (sim::Time::max() - now).count();
  return now + sim::Duration(std::min(ns, most));
}

}  // namespace

Flows::Flows(sim::Simulation& simulation) : simulation_(simulation), update_(*this), completion_(*this) {}

Flows::ResourceId Flows::add_resource(Bandwidth capacity) {
  if (std::isinf(capacity.bytes_per_s)) return FairShare::none;
  const ResourceId id = share_.add_resource(capacity.bytes_per_s);
  if (id >= groups_.size()) {
    groups_.resize(id + 1);
    group_places_.resize(id + 1, IndexedHeap<sim::Time>::nowhere);
  }
  return id;
}

void Flows::remove_resource(ResourceId resource) {
  if (resource != FairShare::none) share_.remove_resource(resource);
}

// Brings the clock of a group up to the present.
void Flows::settle(Group& group) {
  const sim::Time now = simulation_.now();
  group.work = group.flows.empty() ? 0 : group.work + group.level * to_seconds(now - group.since);
  group.since = now;
}

void Flows::touch(ResourceId resource) {
  Group& group = groups_[resource];
  if (group.touched) return;
  group.touched = true;
  touched_.push_back(resource);
  settle(group);
}

// Computes when the first flow of a settled group is through.
void Flows::reckon(ResourceId resource) {
  const Group& group = groups_[resource];
  if (group.flows.empty()) {
    completions_.erase(resource, group_places_);
    return;
  }
  const std::int64_t ns = nanoseconds(group.flows.top().key - group.work, group.level);
  completions_.set(resource, later(group.since, ns), group_places_);
}

// Not while completions are looked through: the rates change after them.
void Flows::rates_change() {
  if (!completing_ && !update_.scheduled()) simulation_.schedule(update_, sim::Duration(0));
}

void Flows::update() {
  share_.update();
  for (const FairShare::Move& move : share_.moves()) {
    if (move.from != FairShare::none) touch(move.from);
    touch(move.to);
  }
  for (ResourceId resource : share_.levelled()) touch(resource);
  for (const FairShare::Move& move : share_.moves()) {
    Entry& entry = entries_[move.flow];
    if (move.from != FairShare::none) {
      entry.finish -= groups_[move.from].work;
      groups_[move.from].flows.erase(move.flow, flow_places_);
    }
    entry.finish += groups_[move.to].work;
    groups_[move.to].flows.set(move.flow, entry.finish, flow_places_);
  }
  for (ResourceId resource : touched_) {
    groups_[resource].level = share_.level(resource);
    groups_[resource].touched = false;
    reckon(resource);
  }
  touched_.clear();
  schedule_completion();
}

void Flows::schedule_completion() {
  if (completions_.empty() || completions_.top().key == sim::Time::max()) {
    simulation_.cancel(completion_);
  } else {
    simulation_.schedule_at(completion_, completions_.top().key);
  }
}

// Ends the flows that are through now.
void Flows::complete() {
  const sim::Time now = simulation_.now();
  completing_ = true;
  while (!completions_.empty() && completions_.top().key <= now) {
    const ResourceId resource = completions_.top().id;
    Group& group = groups_[resource];
    touch(resource);
    while (!group.flows.empty() && nanoseconds(group.flows.top().key - group.work, group.level) == 0) {
      Flow& flow = *entries_[group.flows.top().id].flow;
      flow.stop();
      flow.left_ = 0;
    }
    reckon(resource);
  }
  completing_ = false;
  update();
}

// Takes a flow out of the reckoning and returns what it has not moved yet.
double Flows::take_off(FairShare::FlowId id) {
  double left = entries_[id].finish;
  const ResourceId resource = share_.bottleneck(id);
  if (resource != FairShare::none) {
    Group& group = groups_[resource];
    touch(resource);
    left -= group.work;
    group.flows.erase(id, flow_places_);
  }
  share_.remove_flow(id);
  entries_[id].flow = nullptr;
  rates_change();
  return std::max(0.0, left);
}

Flows::Flow::Flow(Flows& flows, const Way& way, double& left) : flows_(flows), left_(left), over_(flows.simulation_) {
  flows.path_.assign(way.path.begin(), way.path.end());
  const bool is_capped = !std::isinf(way.cap.bytes_per_s) &&
                         std::all_of(way.path.begin(), way.path.end(), [&](ResourceId resource) {
                           return way.cap.bytes_per_s < flows.share_.capacity(resource);
                         });
  if (is_capped) {
    cap_ = flows.add_resource(way.cap);
    flows.path_.push_back(cap_);
  }
  id_ = flows.share_.add_flow(flows.path_);
  if (id_ >= flows.entries_.size()) {
    flows.entries_.resize(id_ + 1);
    flows.flow_places_.resize(id_ + 1, IndexedHeap<double>::nowhere);
  }
  flows.entries_[id_] = {this, left};
  flows.rates_change();
}

void Flows::Flow::stop() {
  if (!std::exchange(under_way_, false)) return;
  left_ = flows_.take_off(id_);
  flows_.remove_resource(cap_);
  over_.set();
}

bool Flows::Flow::takes(std::span<const ResourceId> path) const {
  flows_.path_.assign(path.begin(), path.end());
  if (cap_ != FairShare::none) flows_.path_.push_back(cap_);
  return flows_.share_.crosses(id_, flows_.path_);
}

}  // namespace windtunnel::models
