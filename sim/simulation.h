// The clock and everything that happens on it. Promises:
//   1. Time is whole nanoseconds, and never goes back.
//   2. Events happen in the order of (time, first scheduled). There is no other order.
//   3. Random streams are named; see random.h.
//   4. run() ends every process before it returns, on every path: children before their parents go on, roots in the
//      order of their spawning. So whatever processes refer to must live until run() has returned, or the simulation
//      is destroyed.
// One thread at a time works on a simulation; different simulations share nothing.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sim/callback.h"
#include "sim/event_queue.h"
#include "sim/fingerprint.h"
#include "sim/graveyard.h"
#include "sim/process.h"
#include "sim/random.h"
#include "sim/task.h"
#include "sim/time.h"

namespace windtunnel::sim {

namespace detail {

/// The part of a label that goes into the trajectory; 0 for the empty one.
std::uint32_t label_of(std::string_view label) noexcept;

/// Awaitable of Simulation::delay.
class Delay;

}  // namespace detail

class Simulation : private detail::Trampoline {
 public:
  explicit Simulation(std::uint64_t seed = 0);
  /// Ends every process that is left, as run() does. Must not happen inside run().
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Time since the start, from 0.
  Time now() const noexcept { return now_; }
  std::uint64_t seed() const noexcept { return seed_; }

  /// Starts a root process at now(), after the present event and what is already due. An exception that escapes from it
  /// ends the run. While the run is being ended, the process does not start and its handle is done. The label goes into
  /// the trajectory; an empty one is that of the running process.
  Process spawn(Task<> task, std::string_view label = {}) { return roots_.spawn(std::move(task), label); }

  /// Runs until no event is left, or stop(), or an exception escapes from a process or callback, which is thrown on.
  /// Ends every process before it returns. May be called again; now() goes on from where it is.
  void run();
  /// Runs the events up to and including `time`; now() == time afterwards, unless stop() was called. Processes live on,
  /// so it may be called again. On an exception ends every process and throws it on. Precondition: time ≥ now()
  /// (checked).
  void run_until(Time time);
  /// Makes run() or run_until() return after the present event.
  void stop() noexcept { stopped_ = attention = true; }
  /// Calls `look` after every `watch_interval`-th event of a run, whatever goes on in it: to end one that goes on and on,
  /// by an exception, which ends it as one from a process does. It must not change anything in the simulation.
  void watch(std::function<void()> look) { look_ = std::move(look); }
  static constexpr int watch_interval = 1 << 16;

  /// Awaitable: goes on after `d`; zero goes to the back of what is due at the present instant. Precondition: d ≥ 0
  /// (checked). Throws ClockError when now() + d is beyond the clock's end, after 292 years.
  detail::Delay delay(Duration d);
  /// Awaitable: goes on at `time` ≥ now() (checked).
  detail::Delay delay_until(Time time);

  /// Calls callback.fire() after `after` ≥ 0 (checked). If it is scheduled already, it is moved. Among equal times a
  /// callback that was moved to a later time has the place of its old time's turn: one queued event serves all the
  /// moves.
  void schedule(Callback& callback, Duration after);
  void schedule_at(Callback& callback, Time time);
  /// Does nothing when the callback is not scheduled.
  void cancel(Callback& callback) noexcept { callback.deadline_ = Callback::never; }

  /// The stream named (seed(), purpose, index), from its beginning.
  RandomStream stream(std::string_view purpose, std::uint64_t index = 0) const { return {seed_, purpose, index}; }

  /// Of all events so far: the time and the label of each (of its process or callback), in their order.
  Fingerprint trajectory() const noexcept { return trajectory_; }
  /// Number of events so far: resumptions of processes from the queue, and callbacks fired.
  std::uint64_t events() const noexcept { return events_; }
  /// Nodes in the event queue: what is scheduled, and what was cancelled or killed and has not been cleared away yet.
  std::size_t queued() const noexcept { return queue_.size(); }

  // For the awaiters of this room.
  static Simulation& of(void* frame) noexcept;
  void push(Time time, void* frame) { queue_.push({time.time_since_epoch().count(), payload_of(frame)}); }
  void push_present(void* frame) { push(now_, frame); }
  void bury(Time time, void* frame) noexcept { bury({time.time_since_epoch().count(), payload_of(frame)}); }
  void bury_present(void* frame) noexcept { bury(now_, frame); }

 private:
  friend class Callback;
  friend class Scope;
  friend class Process;
  friend class detail::ProcessGroup;

  class Roots final : public detail::ProcessGroup {
   public:
    using ProcessGroup::ProcessGroup;
    void ended(std::exception_ptr error) override;
  };

  // What a queue node stands for: a frame to resume (no tag), a callback to fire, a process to start.
  static constexpr std::uint64_t callback_tag = 1;
  static constexpr std::uint64_t start_tag = 2;
  static std::uint64_t payload_of(void* frame) noexcept { return reinterpret_cast<std::uint64_t>(frame); }
  static std::uint64_t payload_of(Callback& callback) noexcept {
    return reinterpret_cast<std::uint64_t>(&callback) | callback_tag;
  }
  static std::uint64_t payload_of(detail::ProcessRecord& record) noexcept {
    return reinterpret_cast<std::uint64_t>(&record) | start_tag;
  }

  Time after(Duration d) const;
  [[noreturn]] static void refuse(Duration d);
  void bury(detail::Node node) noexcept;
  void forget(Callback& callback) noexcept;

  void drive(std::int64_t limit);
  void begin_event(std::int64_t time, std::uint32_t label) noexcept;
  void resume_process(detail::Node node);
  bool is_stale(Callback& callback, std::int64_t time);
  void settle() noexcept;
  void end_all() noexcept;
  void fail(std::exception_ptr failure) noexcept;
  void rethrow_failure();

  bool runs_inside(const detail::ProcessRecord& record) const noexcept;
  /// Its kill is put off until what runs now lets go.
  bool is_doomed(const detail::ProcessRecord& record) const noexcept {
    return record.state == detail::ProcessState::doomed && current_ != nullptr;
  }
  void kill(detail::ProcessRecord& record);
  void unwind(detail::ProcessRecord& record) noexcept;
  void finish(detail::ProcessRecord& record) noexcept;
  void leave(detail::ProcessRecord& record, std::exception_ptr escaped) noexcept;

  Time now_{};
  detail::ProcessLink* current_ = nullptr;  // the process that runs
  std::uint64_t events_ = 0;
  Fingerprint trajectory_;
  detail::EventQueue queue_;
  detail::Graveyard graveyard_;
  std::vector<Process> doomed_;
  detail::ProcessGroup* groups_ = nullptr;  // all of them, the latest first
  std::exception_ptr failure_;
  std::function<void()> look_;
  std::uint64_t seed_;
  bool stopped_ = false;
  bool running_ = false;
  bool ending_ = false;
  Roots roots_;
};

namespace detail {

class Delay {
 public:
  Delay(Simulation& simulation, Time until) noexcept
      : place_(reinterpret_cast<std::uintptr_t>(&simulation)), until_(until) {}
  Delay(const Delay&) = delete;
  Delay& operator=(const Delay&) = delete;
  ~Delay() {
    if ((place_ & waiting) != 0) [[unlikely]] {
      auto* frame = reinterpret_cast<void*>(place_ & ~waiting);
      Simulation::of(frame).bury(until_, frame);
    }
  }

  static bool await_ready() noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> frame) {
    reinterpret_cast<Simulation*>(place_)->push(until_, frame.address());
    place_ = reinterpret_cast<std::uintptr_t>(frame.address()) | waiting;
  }
  void await_resume() noexcept { place_ = 0; }

 private:
  static constexpr std::uintptr_t waiting = 1;

  std::uintptr_t place_;  // the simulation before the wait, the frame | waiting during it: frames must stay small
  Time until_;
};

}  // namespace detail

inline Time Simulation::after(Duration d) const {
  const auto now = static_cast<std::uint64_t>(now_.time_since_epoch().count());
  const auto time = static_cast<std::int64_t>(now + static_cast<std::uint64_t>(d.count()));
  if (time < now_.time_since_epoch().count()) [[unlikely]] {
    refuse(d);
  }
  return Time{Duration{time}};
}

inline detail::Delay Simulation::delay(Duration d) { return {*this, after(d)}; }

inline detail::Delay Simulation::delay_until(Time time) {
  check(time >= now_, "a delay must not lead into the past");
  return {*this, time};
}

}  // namespace windtunnel::sim
