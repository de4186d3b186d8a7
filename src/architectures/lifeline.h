// The life of somebody who may crash (a peer, a worker, the server, a database): up, down, up again, or gone for good.
// Promise: a crash happens when it is due, whatever its victim is doing, and the recovery runs at the same time as
// everything else; what was under way is killed, and begun again after the recovery. Nobody who waits here waits for ever:
// waits end when the victim is up or gone.
#pragma once

#include <exception>
#include <functional>
#include <optional>

#include "architectures/training.h"
#include "sim/event.h"
#include "sim/scope.h"

namespace windtunnel::architectures {

class Lifeline {
 public:
  /// What a crash and a recovery mean to the victim besides losing its work under way. Either may be empty.
  struct Hooks {
    std::function<void(const models::Crash&)> crashed;
    /// After recover_after: what it takes to be up again. Returns what is told of it, or nothing.
    std::function<sim::Task<std::string>(models::Context)> recover;
  };

  /// `actor` is who crashes, in the journal. The lifeline outlives the work that it watches over.
  Lifeline(Training& training, models::Target target, models::ActorId actor, Hooks hooks = {});

  /// Crashes by the clock happen from now on. `scope` outlives all work that is watched over.
  void begin(sim::Scope& scope);

  /// Runs `work` to its end, as often as it takes: it is killed by a crash, and begun when the victim is up. A crash that the
  /// scenario sets for the context's round happens at its beginning. False when the victim is gone for good.
  sim::Task<bool> run_with_recovery(models::Context context, std::function<sim::Task<>()> work);
  /// Inside of such work: the victim enters a round. A crash that the scenario sets for it happens here, and so the work does
  /// not go on.
  sim::Task<> enter(std::int32_t round);
  /// The same for a victim whose work is not watched over here: whether it goes down now.
  bool strike(std::int32_t round);
  /// Waits until it is up; false when it is gone for good. Throws what its recovery ended with.
  sim::Task<bool> until_up();

  /// Nobody waits for it any more: it is gone for good, whatever it was about to do.
  void abandon();

  bool up() const { return up_; }
  bool gone() const { return gone_; }

 private:
  sim::Task<> by_the_clock();
  void go_down(const models::Crash& crash);
  sim::Task<> recovery(Duration after);
  sim::Task<> recover(std::string& told);
  sim::Task<> until_down();
  sim::Task<> entered(std::int32_t round, const std::function<sim::Task<>()>& work);
  models::Context context() const { return {actor_, models::Phase::idle, round_}; }

  Training& t_;
  models::Target target_;
  models::ActorId actor_;
  Hooks hooks_;
  sim::Scope* scope_ = nullptr;
  sim::Event down_, settled_;  // settled: up, or gone for good
  std::int32_t round_ = -1;    // of the work under way, for the record
  bool up_ = true, gone_ = false;
  std::exception_ptr failure_;  // of the recovery
};

}  // namespace windtunnel::architectures
