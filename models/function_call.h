// One call on its way through the platform: waits for its placement, has its instance start, is billed. However it
// ends, also when its process is killed, it leaves the queue or gives its instance back, and writes its row and charges
// exactly once.
#pragma once

#include <optional>

#include "models/functions.h"
#include "models/journal.h"
#include "models/phase.h"
#include "models/platform.h"
#include "sim/event.h"
#include "sim/task.h"

namespace windtunnel::models {

class Functions::Call final : public Waiter {
 public:
  /// `attempt` tries of the same call ran before.
  Call(Functions& functions, FunctionId function, Context context, std::int64_t attempt);
  /// Killed, unless `end` came first: billed until now, the instance is gone.
  ~Call();

  /// The way to the platform, the turn in the queue, the cold start. Spans: invoke, queued, cold_start. A synchronous
  /// call (no `give_up_at`) that cannot be placed is refused or waits as the platform's settings say; an asynchronous one
  /// waits until `give_up_at`. Throws InvocationError(throttled).
  sim::Task<> start(std::optional<sim::Time> give_up_at);
  /// The billed run begins on this instance.
  Instance begin();
  /// INIT again inside the run, because it took longer than the platform lets it or because the call before timed out
  /// or ran out of memory; 0 otherwise.
  Duration repeated_init() const noexcept { return repeated_init_; }
  /// The call is over, and its instance goes idle, or goes idle and repeats INIT in its next call, or goes with it.
  enum class Afterwards { keep_instance, reset_instance, drop_instance };
  void end(InvocationStatus status, Afterwards afterwards);

 private:
  enum class State { on_the_way, placed, initialising, running, over };

  void granted(Placement placement) override;
  sim::Task<> wait_for_turn(std::optional<sim::Time> give_up_at);
  sim::Task<> turn() { co_await granted_; }
  [[noreturn]] void refuse();
  sim::Task<> cold_start();
  Duration sample_init();
  Duration billed() const;
  Duration billed(bool with_init) const;
  void charge();

  Functions& functions_;
  Deployed& function_;
  Invocation row_;
  State state_ = State::on_the_way;
  bool ran_ = false;  ///< its code began
  std::optional<Placement> placement_;
  sim::Event granted_;
  sim::Time init_started_{};
  Duration repeated_init_{};
};

}  // namespace windtunnel::models
