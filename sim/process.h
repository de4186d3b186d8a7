// A process: a coroutine with a life of its own, and the handle to it.
//
// kill() unwinds a process at once: the destructors of everything it holds run, innermost call first, before kill()
// returns; its leases return, its waits vanish, the children in its scopes are killed. There is one exception: when the
// process that is running is the target itself, or a child (of a child …) of it, the kill takes effect when the running
// process next suspends or ends, because nobody can take away the floor it stands on. Killing a process that has ended
// does nothing.
#pragma once

#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include "sim/task.h"
#include "sim/wait_list.h"

namespace windtunnel::sim {

class Simulation;

namespace detail {

enum class ProcessState : std::uint8_t {
  waiting,    ///< not started, suspended or running
  doomed,     ///< kill() was called from within; settled when the running process lets go
  unwinding,  ///< its destructors run
  ended,
};

/// What outlives a process's frames as long as anybody holds a handle.
struct ProcessRecord : ProcessLink {
  ProcessRecord* previous = nullptr;  ///< in the group
  ProcessRecord* next = nullptr;
  WaitList joining;
  std::uint32_t references = 0;
  ProcessState state = ProcessState::waiting;
  bool started = false;

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* record, std::size_t size) noexcept { release_frame(record, size); }
};

}  // namespace detail

/// Handle: cheap to copy, may outlive the process and the simulation. An empty one stands for a process that has ended.
class Process {
 public:
  Process() noexcept = default;
  Process(const Process& other) noexcept : Process(other.record_) {}
  Process(Process&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  Process& operator=(Process other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~Process() {
    if (record_ != nullptr && --record_->references == 0) delete record_;
  }

  /// Ended: by reaching its end, by an exception, or killed.
  bool done() const noexcept { return record_ == nullptr || record_->state == detail::ProcessState::ended; }

  void kill() const;

  class Join;
  /// Awaitable: goes on once the process has ended, however it ended. An exception of the process is not thrown here;
  /// it goes to the scope or to run().
  Join join() const noexcept;

  bool operator==(const Process&) const = default;

 private:
  friend class detail::ProcessGroup;
  friend class Simulation;
  explicit Process(detail::ProcessRecord* record) noexcept : record_(record) {
    if (record_ != nullptr) ++record_->references;
  }

  detail::ProcessRecord* record_ = nullptr;
};

class Process::Join : private detail::Waiter {
 public:
  explicit Join(Process process) noexcept : process_(std::move(process)) {}
  bool await_ready() const noexcept { return process_.done(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) noexcept {
    wait(process_.record_->joining, waiting.address());
  }
  void await_resume() noexcept { resumed(); }

 private:
  Process process_;
};

inline Process::Join Process::join() const noexcept { return Join(*this); }

namespace detail {

/// The processes with one owner: the root processes of a simulation, or the children in a scope. In the order of
/// spawning.
class ProcessGroup {
 public:
  explicit ProcessGroup(Simulation& simulation);
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  ~ProcessGroup();

  Simulation& simulation() const noexcept { return simulation_; }
  std::size_t size() const noexcept { return size_; }

  Process spawn(Task<> task, std::string_view label);
  void kill_all();
  /// The process in which the group was made; null outside of processes.
  const ProcessRecord* parent() const noexcept { return parent_.record_; }

 protected:
  /// After a process of the group has ended and left it; `error` is null unless an exception escaped.
  virtual void ended(std::exception_ptr error) = 0;

 private:
  friend class windtunnel::sim::Simulation;
  void add(ProcessRecord& record) noexcept;
  void remove(ProcessRecord& record) noexcept;

  Simulation& simulation_;
  Process parent_;
  ProcessRecord* first_ = nullptr;
  ProcessRecord* last_ = nullptr;
  std::size_t size_ = 0;
  ProcessGroup* previous_group_ = nullptr;  // all groups of the simulation
  ProcessGroup* next_group_ = nullptr;
};

}  // namespace detail
}  // namespace windtunnel::sim
