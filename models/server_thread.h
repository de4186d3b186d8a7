// The one thread of a server: pieces of work one after the other, in the order in which they came.
// Promise: a piece is done at the instant at which the thread is through with all that came before it and with it, which is
// one event; a piece whose client is killed leaves the line, and those behind it move up; on a burstable node a piece takes
// as long as CPU credits let it, to the nanosecond.
//
// When a piece comes, all that is before it is known, so its end is: it is reckoned at once, and again only when somebody in
// front of it is killed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/units.h"
#include "models/cpu_credits.h"
#include "sim/breakable_delay.h"
#include "sim/simulation.h"

namespace windtunnel::models {

class ServerThread {
 public:
  explicit ServerThread(sim::Simulation& simulation) : simulation_(simulation) {}
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  /// From now on the thread is one busy vCPU of the account, which nobody else uses and which outlives it. Precondition:
  /// there is no work.
  void use(CpuCredits& credits);

  class [[nodiscard]] Turn;
  /// Awaitable: `length` ≥ 0 of work at full speed, after all that came before. Gives whether it was done: false when
  /// `interrupt` was called before.
  Turn work(Duration length);

  /// All work ends undone, at once.
  void interrupt();
  /// Pieces of work that have not begun.
  std::size_t waiting() const { return pieces_ > 0 ? pieces_ - 1 : 0; }

 private:
  sim::Time reckon(sim::Time start, Duration length);
  void settle(const Turn& first, sim::Time until);
  void leave(Turn& turn);

  sim::Simulation& simulation_;
  Turn* first_ = nullptr;
  Turn* last_ = nullptr;
  std::size_t pieces_ = 0;
  CpuCredits* credits_ = nullptr;    // up to the beginning of the first piece
  std::optional<CpuCredits> ahead_;  // up to the end of the last one
};

class ServerThread::Turn : private sim::BreakableDelay {
 public:
  Turn(ServerThread& thread, sim::Time start, Duration length)
      : BreakableDelay(thread.simulation_, thread.reckon(start, length)),
        thread_(&thread), previous_(thread.last_), start_(start), length_(length) {
    (previous_ != nullptr ? previous_->next_ : thread.first_) = this;
    thread.last_ = this;
    ++thread.pieces_;
  }
  ~Turn() {
    if (thread_ != nullptr) [[unlikely]]
      thread_->leave(*this);
  }

  using BreakableDelay::await_ready;
  using BreakableDelay::await_suspend;
  bool await_resume() {
    if (thread_ != nullptr) {
      thread_->settle(*this, until());
      unlink();
    }
    return BreakableDelay::await_resume();
  }

 private:
  friend class ServerThread;
  void unlink() noexcept {
    (previous_ != nullptr ? previous_->next_ : thread_->first_) = next_;
    (next_ != nullptr ? next_->previous_ : thread_->last_) = previous_;
    --thread_->pieces_;
    thread_ = nullptr;
  }

  ServerThread* thread_;  // null when it is off the line
  Turn* previous_;
  Turn* next_ = nullptr;
  sim::Time start_;
  Duration length_;
};

inline ServerThread::Turn ServerThread::work(Duration length) {
  const sim::Time now = simulation_.now();
  return {*this, last_ != nullptr ? std::max(now, last_->until()) : now, length};
}

inline void ServerThread::settle(const Turn& first, sim::Time until) {
  if (credits_ == nullptr) return;
  credits_->demand(first.start_, 1);
  credits_->demand(until, 0);
}

}  // namespace windtunnel::models
