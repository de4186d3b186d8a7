// An event that is a function call, not a process: derive, implement fire(), hand to Simulation::schedule. The object
// itself is the event, so scheduling allocates nothing. It may be scheduled again from within fire(), may destroy
// itself there, and may be destroyed while scheduled, which cancels it.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/time.h"

namespace windtunnel::sim {

class Simulation;

class Callback {
 public:
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  /// What happens at the time. An exception ends the run and leaves run().
  virtual void fire() = 0;

  bool scheduled() const noexcept { return deadline_ != never; }
  /// Precondition: scheduled.
  Time deadline() const noexcept { return deadline_; }

 protected:
  explicit Callback(std::string_view label = {}) noexcept;
  ~Callback();

 private:
  friend class Simulation;
  static constexpr Time never{Duration{-1}};

  Simulation* simulation_ = nullptr;
  Time queued_ = never;  // of the node in the event queue; it may be earlier than the deadline, or without one
  Time deadline_ = never;
  std::uint32_t label_ = 0;
};

}  // namespace windtunnel::sim
