// The children of a process: they end before the scope does. Declared inside a process, a scope makes them part of its
// tree: whoever kills the process kills them. A scope must not outlive its simulation.
#pragma once

#include <cstddef>
#include <exception>
#include <string_view>

#include "sim/process.h"
#include "sim/simulation.h"

namespace windtunnel::sim {

class Scope : private detail::ProcessGroup {
 public:
  explicit Scope(Simulation& simulation) : ProcessGroup(simulation) {}
  /// Kills the children that are left, in the order of their spawning. An exception of a child that no join() has
  /// thrown on ends the run, unless the parent is being killed or fails itself.
  ~Scope();

  /// Starts a child at the present instant, after what is already due. The first exception that escapes from a child
  /// kills its siblings and is kept for join(); in a scope outside of processes it ends the run.
  Process spawn(Task<> task, std::string_view label = {}) { return ProcessGroup::spawn(std::move(task), label); }

  /// Waits until no child is left; throws the first exception that escaped from one.
  Task<> join();

  /// Kills all children.
  void kill() { kill_all(); }
  /// Number of children that have not ended.
  std::size_t running() const noexcept { return size(); }

 private:
  class Idle;
  void ended(std::exception_ptr error) override;

  std::exception_ptr error_;
  detail::WaitList joining_;
};

}  // namespace windtunnel::sim
