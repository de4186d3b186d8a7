// Data under way: flows that share resources at max-min fair rates, and when each of them is through.
// Promise: a flow is over at the first whole nanosecond at which its last byte is through; all that is through at one instant
// changes the rates once, and so does all that starts or is stopped at it; ending a flow early frees its share at once.
//
// All flows that one resource holds back have the same rate, so each resource keeps one clock of work done per flow, and the
// flow that is through first is the same one whatever becomes of the rate: a change of rates costs nothing per flow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "models/fair_share.h"
#include "models/indexed_heap.h"
#include "sim/simulation.h"
#include "sim/time.h"
#include "sim/wake_up.h"

namespace windtunnel::models {

class Flows {
 public:
  using ResourceId = FairShare::ResourceId;
  class Flow;

  explicit Flows(sim::Simulation& simulation);
  Flows(const Flows&) = delete;
  Flows& operator=(const Flows&) = delete;

  /// A resource of that many bytes per second > 0; `FairShare::none` for an unlimited one, which nobody has to know about.
  ResourceId add_resource(Bandwidth capacity);
  void remove_resource(ResourceId resource);

  /// Flows under way.
  std::size_t size() const { return share_.flows(); }
  /// Calls `visit` for each of them; it may stop the one that it is shown.
  template <class Visit>
  void for_each(Visit visit) {
    for (const Entry& entry : entries_) {
      if (entry.flow != nullptr) visit(*entry.flow);
    }
  }

 private:
  struct Entry {
    Flow* flow = nullptr;  ///< null when none is under way with this id
    double finish = 0;  ///< work of its resource's clock at which it is through; before its first rate: its bytes
  };
  /// The flows that a resource holds back.
  struct Group {
    double work = 0;   ///< bytes that each flow has moved that has been here since work was 0
    double level = 0;  ///< their rate in bytes per second
    sim::Time since{};  ///< when `work` was right
    bool touched = false;
    IndexedHeap<double> flows;  ///< by Entry::finish
  };

  void settle(Group& group);
  void touch(ResourceId resource);
  void reckon(ResourceId resource);
  void rates_change();
  void update();
  void complete();
  void schedule_completion();
  double take_off(FairShare::FlowId id);

  sim::Simulation& simulation_;
  FairShare share_;
  std::vector<Entry> entries_;  ///< by flow id
  std::vector<Group> groups_;   ///< by resource id
  std::vector<std::uint32_t> flow_places_, group_places_;
  IndexedHeap<sim::Time> completions_;  ///< groups by when their first flow is through
  std::vector<ResourceId> touched_;
  std::vector<ResourceId> path_;  ///< of the flow that is being made
  bool completing_ = false;
  /// Computes the rates when all that is to happen at this instant has happened.
  struct Update final : sim::Callback {
    explicit Update(Flows& f) : Callback("rates"), flows(f) {}
    void fire() override { flows.update(); }
    Flows& flows;
  } update_;
  struct Completion final : sim::Callback {
    explicit Completion(Flows& f) : Callback("flow over"), flows(f) {}
    void fire() override { flows.complete(); }
    Flows& flows;
  } completion_;
};

/// One flow, for as long as the object lives or until it is through.
class Flows::Flow {
 public:
  struct Way {
    std::span<const ResourceId> path;  ///< limited resources that it crosses, each once; may be empty if there is a cap
    Bandwidth cap;                     ///< of this flow alone; may be unlimited if the path is not empty
  };
  /// Starts to move `left` bytes ≥ 0. `left` must outlive the flow: it is brought up to date when the flow is over, is
  /// stopped, or ends with its owner.
  Flow(Flows& flows, const Way& way, double& left);
  ~Flow() { stop(); }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// Set when the flow is through or was stopped.
  sim::WakeUp& over() { return over_; }
  /// Ends it where it is. No effect when it is over.
  void stop();
  /// Whether this is the path it was started on. Precondition: it is not over.
  bool takes(std::span<const ResourceId> path) const;

 private:
  friend class Flows;
  Flows& flows_;
  double& left_;
  FairShare::FlowId id_;
  ResourceId cap_ = FairShare::none;
  bool under_way_ = true;
  sim::WakeUp over_;
};

}  // namespace windtunnel::models
