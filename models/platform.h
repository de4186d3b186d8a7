// The core of a function platform: which instance serves a call. Most recently used idle instance of the function
// first; else a new one, if the region's concurrency limit and the function's scaling rate allow; else the call waits
// its turn, first come, first served among those that can start. It knows neither network nor prices nor bodies, and
// allocates nothing per call.
//
// Promises: no call waits while it could start; nobody overtakes an older call of the same function; instances are
// numbered from 0 in order of creation; an idle instance is gone at exactly the instant that its keep-alive policy
// says.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/fields.h"
#include "base/units.h"
#include "models/keep_alive.h"
#include "models/scaling_rate.h"
#include "models/start_growth.h"
#include "models/warm_pool.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace windtunnel::models {

using FunctionId = std::uint32_t;

/// Slot of an instance. Slots are used again after an instance is gone; numbers are not.
using InstanceId = std::uint32_t;

struct PlatformConfig {
  Choice<KeepAlive> keep_alive{keep_alives(), "fixed"};
  std::int64_t concurrency = 1000;  ///< calls under way at once in the region (facts 5)
  ScalingRate scaling;              ///< new instances per function and time (facts 5)
  StartGrowth start_growth = StartGrowth::measured;  ///< how starting many at once delays each
  void describe(Fields& f);
};

/// An instance assigned to a call.
struct Placement {
  InstanceId instance = 0;
  bool cold = false;
  Duration start_wait{};  ///< of a cold one, because others start at the same time
};

/// A call that waits for its placement. It must stay where it is while it waits, and be abandoned before it goes.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 protected:
  ~Waiter() = default;

 private:
  friend class Platform;
  /// The placement is the call's from now on. Must not call back into the platform.
  virtual void granted(Placement placement) = 0;

  Waiter* before_ = nullptr;
  Waiter* after_ = nullptr;
  std::uint64_t ticket_ = 0;  // 0: not waiting
  FunctionId function_ = 0;
};

class Platform {
 public:
  /// Throws InputError for settings out of range.
  Platform(sim::Simulation& simulation, PlatformConfig config);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// What is drawn for the function depends on the seed, `who` and the number of the draw.
  FunctionId add_function(std::uint64_t who);
  FunctionId add_function() { return add_function(functions_.size()); }

  /// A placement at once, or later through `waiter`.
  std::optional<Placement> request(FunctionId function, Waiter& waiter);
  /// A placement at once, or none when there is none or older calls of the function wait.
  std::optional<Placement> request(FunctionId function);
  /// Takes a waiter out of its queue; no effect when it does not wait.
  void abandon(Waiter& waiter);
  /// The call is over: its instance becomes idle and warm.
  void release(InstanceId instance);
  /// The call is over and takes its instance with it.
  void drop(InstanceId instance);

  /// Is told of every instance that is gone: dropped, or cold after its keep-alive. Called late for the latter: the
  /// next time that the function's pool is looked at.
  void on_retired(std::function<void(InstanceId)> listener) { retired_ = std::move(listener); }

  std::uint32_t number(InstanceId instance) const { return instances_[instance].number; }
  std::int64_t running() const noexcept { return running_; }
  std::int64_t waiting() const noexcept { return waiting_; }
  std::int64_t calls() const noexcept { return calls_; }              ///< placements so far
  std::int64_t cold_starts() const noexcept { return cold_starts_; }  ///< instances created so far
  std::int64_t instances();                                           ///< alive now, running or idle
  /// Time integrals since the start, up to now: of instances alive (seconds) and of calls running (seconds).
  struct Integrals {
    double alive_s = 0, running_s = 0;
  };
  Integrals integrals();

 private:
  enum class State : std::uint8_t { gone, idle, running };
  struct Instance {
    FunctionId function = 0;
    std::uint32_t number = 0;
    State state = State::gone;
    sim::Time created{};
    sim::Time started{};  // of the present or last call
  };
  struct Function {
    WarmPool pool;
    ScalingLimiter scaling;
    Waiter* first = nullptr;
    Waiter* last = nullptr;
    sim::RandomStream idle_spells;
  };
  class Refill;

  std::optional<Placement> place(FunctionId function);
  InstanceId create(FunctionId function);
  void retire(InstanceId instance, sim::Time when);
  void finish(InstanceId instance);
  auto retirer() {
    return [this](InstanceId instance, sim::Time when) { retire(instance, when); };
  }
  void enqueue(FunctionId function, Waiter& waiter);
  void dequeue(Waiter& waiter);
  void dispatch();
  void await_refill();

  sim::Simulation& simulation_;
  PlatformConfig config_;
  std::function<void(InstanceId)> retired_;
  std::vector<Function> functions_;
  std::vector<Instance> instances_;
  std::vector<InstanceId> free_;
  Starts starts_;
  std::vector<FunctionId> waiting_functions_;
  std::unique_ptr<Refill> refill_;
  std::uint64_t tickets_ = 0;
  std::int64_t running_ = 0, waiting_ = 0, calls_ = 0, cold_starts_ = 0, alive_ = 0;
  double alive_s_ = 0, running_s_ = 0;  // of what is over
};

}  // namespace windtunnel::models
