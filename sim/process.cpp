#include "sim/process.h"

#include "sim/simulation.h"

namespace windtunnel::sim {

void Process::kill() const {
  if (done()) return;
  const Process keep = *this;  // the handle itself may lie in what is unwound
  keep.record_->group->simulation().kill(*keep.record_);
}

namespace detail {

ProcessGroup::ProcessGroup(Simulation& s)
    : simulation_(s), parent_(static_cast<ProcessRecord*>(s.current_)), next_group_(s.groups_) {
  if (next_group_ != nullptr) next_group_->previous_group_ = this;
  s.groups_ = this;
}

ProcessGroup::~ProcessGroup() {
  kill_all();
  // What is left runs at this moment, or is being unwound further up the stack: it ends as a root process.
  while (first_ != nullptr) {
    ProcessRecord& record = *first_;
    const Process keep(&record);
    remove(record);
    simulation().roots_.add(record);
  }
  (previous_group_ != nullptr ? previous_group_->next_group_ : simulation().groups_) = next_group_;
  if (next_group_ != nullptr) next_group_->previous_group_ = previous_group_;
}

Process ProcessGroup::spawn(Task<> task, std::string_view label) {
  check(static_cast<bool>(task), "an empty task cannot be spawned");
  if (simulation().ending_) return {};
  auto* record = new ProcessRecord;
  const Process process(record);
  record->leaf = task.release();
  PromiseBase& promise = promise_of(record->leaf);
  promise.process = record;
  promise.label = label.empty() && simulation().current_ != nullptr ? promise_of(simulation().current_->leaf).label
                                                                    : label_of(label);
  add(*record);
  simulation().queue_.push({simulation().now_.time_since_epoch().count(), Simulation::payload_of(*record)});
  return process;
}

void ProcessGroup::kill_all() {
  for (;;) {
    ProcessRecord* record = first_;
    while (record != nullptr && (record->state == ProcessState::unwinding || simulation().is_doomed(*record))) {
      record = record->next;
    }
    if (record == nullptr) return;
    simulation().kill(*record);
  }
}

void ProcessGroup::add(ProcessRecord& record) noexcept {
  ++record.references;
  record.group = this;
  record.previous = last_;
  record.next = nullptr;
  (last_ != nullptr ? last_->next : first_) = &record;
  last_ = &record;
  ++size_;
}

void ProcessGroup::remove(ProcessRecord& record) noexcept {
  (record.previous != nullptr ? record.previous->next : first_) = record.next;
  (record.next != nullptr ? record.next->previous : last_) = record.previous;
  record.group = nullptr;
  --size_;
  --record.references;
}

}  // namespace detail
}  // namespace windtunnel::sim
