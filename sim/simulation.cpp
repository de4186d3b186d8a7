#include "sim/simulation.h"

#include <utility>

namespace windtunnel::sim {

using detail::Node;
using detail::ProcessRecord;
using detail::ProcessState;

constinit thread_local detail::Trampoline* detail::running = nullptr;

Simulation& Simulation::of(void* frame) noexcept { return detail::promise_of(frame).process->group->simulation(); }

std::uint32_t detail::label_of(std::string_view label) noexcept {
  return label.empty() ? 0 : static_cast<std::uint32_t>(hash_of(label));
}

Simulation::Simulation(std::uint64_t seed) : seed_(seed), roots_(*this) {}

Simulation::~Simulation() { end_all(); }

void Simulation::run() {
  drive(detail::EventQueue::forever);
  end_all();
  rethrow_failure();
}

void Simulation::run_until(Time time) {
  check(time >= now_, "run_until must not lead into the past");
  drive(time.time_since_epoch().count());
  if (failure_) {
    end_all();
    rethrow_failure();
  }
  if (!std::exchange(stopped_, false)) {
    now_ = time;
    queue_.advance(time.time_since_epoch().count());
  }
}

void Simulation::drive(std::int64_t limit) {
  check(!running_, "run() inside of run()");
  running_ = true;
  stopped_ = false;
  detail::Trampoline* const outer = std::exchange(detail::running, static_cast<Trampoline*>(this));  // a process may run another simulation
  try {
    Node node;
    int until_look = watch_interval;
    while (queue_.pop(limit, node)) {
      if (graveyard_.exhume(node)) continue;
      if ((node.payload & callback_tag) == 0) {
        resume_process(node);
      } else {
        Callback& callback = *reinterpret_cast<Callback*>(node.payload & ~callback_tag);
        if (is_stale(callback, node.time)) continue;
        begin_event(node.time, callback.label_);
        callback.fire();
      }
      if (attention) [[unlikely]] {
        settle();
        if (stopped_ || failure_) break;
      }
      if (--until_look == 0) [[unlikely]] {
        until_look = watch_interval;
        if (look_) look_();
      }
    }
  } catch (...) {
    fail(std::current_exception());
  }
  detail::running = outer;
  if (queue_.empty()) queue_.advance(now_.time_since_epoch().count());
  running_ = false;
}

inline void Simulation::begin_event(std::int64_t time, std::uint32_t label) noexcept {
  now_ = Time{Duration{time}};
  ++events_;
  trajectory_.add_pair(static_cast<std::uint64_t>(time), label);
}

namespace {

/// Looks between two frames of a process, where it is one that waits, and leaves it so.
[[gnu::noinline, gnu::cold]] void look_within(const std::function<void()>& look, void*& next, detail::ProcessLink*& current) {
  try {
    if (look) look();
  } catch (...) {
    next = nullptr;
    current = nullptr;
    throw;
  }
}

}  // namespace

inline void Simulation::resume_process(Node node) {
  auto* frame = reinterpret_cast<void*>(node.payload);
  if ((node.payload & start_tag) != 0) [[unlikely]] {
    auto& record = *reinterpret_cast<ProcessRecord*>(node.payload & ~start_tag);
    record.started = true;
    frame = record.leaf;
  }
  const detail::PromiseBase& promise = detail::promise_of(frame);
  begin_event(node.time, promise.label);
  current_ = promise.process;
  detail::resume(frame);
  // A process that never waits goes on in here for ever: it is watched as well.
  for (int until_look = watch_interval; next != nullptr;) {
    detail::resume(std::exchange(next, nullptr));
    if (--until_look == 0) [[unlikely]] {
      look_within(look_, next, current_);
      until_look = watch_interval;
    }
  }
  current_ = nullptr;
}

/// Whether the callback's node has come up without the callback being due: it was cancelled, or moved to a later time,
/// for which the node is queued again.
inline bool Simulation::is_stale(Callback& callback, std::int64_t time) {
  const Time deadline = std::exchange(callback.deadline_, Callback::never);
  const bool due = deadline == std::exchange(callback.queued_, Callback::never);
  if (due) [[likely]]
    return false;
  if (deadline != Callback::never) {
    check(deadline.time_since_epoch().count() > time, "a callback came up after its deadline");
    callback.deadline_ = callback.queued_ = deadline;
    queue_.push({deadline.time_since_epoch().count(), payload_of(callback)});
  }
  return true;
}

void Simulation::refuse(Duration d) {
  check(d >= Duration::zero(), "a delay must not be negative");
  throw ClockError("the simulated clock ends after 292 years; a duration leads beyond: the settings make something take "
                   "unimaginably long");
}

void Simulation::schedule(Callback& callback, Duration d) { schedule_at(callback, after(d)); }

void Simulation::schedule_at(Callback& callback, Time time) {
  check(time >= now_, "a callback must not be scheduled in the past");
  if (callback.queued_ != Callback::never) {
    check(callback.simulation_ == this, "a callback is scheduled in another simulation");
    if (time >= callback.queued_) {
      callback.deadline_ = time;
      return;
    }
    forget(callback);
  }
  callback.simulation_ = this;
  callback.deadline_ = callback.queued_ = time;
  queue_.push({time.time_since_epoch().count(), payload_of(callback)});
}

void Simulation::forget(Callback& callback) noexcept {
  bury({callback.queued_.time_since_epoch().count(), payload_of(callback)});
  callback.queued_ = callback.deadline_ = Callback::never;
}

void Simulation::bury(Node node) noexcept {
  graveyard_.bury(node);
  // Sweep before the dead outnumber the living: a constant cost per burial, and memory in proportion to what lives.
  if (graveyard_.size() > 64 && 2 * graveyard_.size() > queue_.size()) {
    queue_.erase_if([this](Node pending) { return graveyard_.exhume(pending); });
  }
}

void Simulation::fail(std::exception_ptr failure) noexcept {
  if (!failure_) failure_ = std::move(failure);
  attention = true;
}

void Simulation::rethrow_failure() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

/// What the last event left to do. No process runs.
void Simulation::settle() noexcept {
  attention = false;
  if (ended != nullptr) finish(static_cast<ProcessRecord&>(*std::exchange(ended, nullptr)));
  for (std::size_t i = 0; i < doomed_.size(); ++i) {  // unwinding may add to it
    const Process process = doomed_[i];
    if (process.record_->state == ProcessState::doomed) unwind(*process.record_);
  }
  doomed_.clear();
}

void Simulation::end_all() noexcept {
  ending_ = true;
  for (;;) {
    roots_.kill_all();
    // Then the scopes that belong to no process, the oldest first.
    detail::ProcessGroup* oldest = nullptr;
    for (detail::ProcessGroup* group = groups_; group != nullptr; group = group->next_group_) {
      if (group->size() > 0) oldest = group;
    }
    if (oldest == nullptr) break;
    oldest->kill_all();
  }
  ending_ = false;
  queue_.erase_if([this](Node node) {
    if (!graveyard_.exhume(node) && (node.payload & callback_tag) != 0) {
      Callback& callback = *reinterpret_cast<Callback*>(node.payload & ~callback_tag);
      callback.queued_ = callback.deadline_ = Callback::never;
    }
    return true;
  });
  queue_.advance(now_.time_since_epoch().count());
  stopped_ = attention = false;
}

void Simulation::Roots::ended(std::exception_ptr error) {
  if (error) simulation().fail(std::move(error));
}

bool Simulation::runs_inside(const ProcessRecord& record) const noexcept {
  const auto* inner = static_cast<const ProcessRecord*>(current_);
  while (inner != nullptr && inner != &record) inner = inner->group != nullptr ? inner->group->parent() : nullptr;
  return inner != nullptr;
}

void Simulation::kill(ProcessRecord& record) {
  if (record.state != ProcessState::waiting && record.state != ProcessState::doomed) return;
  if (!runs_inside(record)) return unwind(record);
  if (record.state == ProcessState::doomed) return;
  record.state = ProcessState::doomed;
  doomed_.push_back(Process(&record));
  attention = true;
}

void Simulation::unwind(ProcessRecord& record) noexcept {
  record.state = ProcessState::unwinding;
  if (!record.started) bury({now_.time_since_epoch().count(), payload_of(record)});
  // From the innermost frame outwards: the order of C++, without its recursion.
  for (void* frame = std::exchange(record.leaf, nullptr); frame != nullptr;) {
    void* outer = nullptr;
    if (detail::Awaiting* awaiting = detail::promise_of(frame).awaiting; awaiting != nullptr) {
      awaiting->child = nullptr;
      outer = awaiting->parent;
    }
    detail::destroy(frame);
    frame = outer;
  }
  leave(record, nullptr);
}

/// The process has reached its end.
void Simulation::finish(ProcessRecord& record) noexcept {
  record.state = ProcessState::unwinding;
  void* root = std::exchange(record.leaf, nullptr);
  std::exception_ptr escaped = std::exchange(error, nullptr);
  detail::destroy(root);
  leave(record, std::move(escaped));
}

void Simulation::leave(ProcessRecord& record, std::exception_ptr escaped) noexcept {
  const Process keep(&record);
  record.state = ProcessState::ended;
  detail::ProcessGroup& group = *record.group;
  group.remove(record);
  record.joining.wake_all();
  group.ended(std::move(escaped));
}

}  // namespace windtunnel::sim
