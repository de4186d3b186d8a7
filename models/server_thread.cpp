#include "models/server_thread.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace windtunnel::models {

void ServerThread::use(CpuCredits& credits) {
  check(first_ == nullptr, "ServerThread: CPU credits come before the first work");
  credits_ = &credits;
  ahead_ = credits;
}

sim::Time ServerThread::reckon(sim::Time start, Duration length) {
  check(length >= Duration(0), "ServerThread: work takes 0 or more");
  if (!ahead_) return start + length;
  ahead_->demand(start, 1);
  sim::Time at = start;
  for (double left_ns = static_cast<double>(length.count()); left_ns > 0;) {
    const double speed = ahead_->speed(at);
    Duration step(static_cast<std::int64_t>(std::ceil(left_ns / speed)));
    if (const auto change = ahead_->next_change(at); change && *change > at) step = std::min(step, *change - at);
    at += step;
    left_ns -= static_cast<double>(step.count()) * speed;
  }
  ahead_->demand(at, 0);
  return at;
}

void ServerThread::interrupt() {
  if (first_ == nullptr) return;
  settle(*first_, std::max(first_->start_, simulation_.now()));
  while (first_ != nullptr) {
    Turn& turn = *first_;
    turn.unlink();
    if (turn.waiting()) turn.end();
  }
  if (credits_ != nullptr) ahead_ = *credits_;
}

void ServerThread::leave(Turn& turn) {
  const bool first = &turn == first_;
  if (first) settle(turn, simulation_.now());
  Turn* next = turn.next_;
  turn.unlink();
  // What is behind it moves up; the account ahead is reckoned anew from what is settled.
  if (credits_ != nullptr) {
    ahead_ = *credits_;
    next = first_;
  }
  for (; next != nullptr; next = next->next_) {
    const Turn* before = next->previous_;
    if (before != nullptr) {
      next->start_ = before->until();
    } else if (first) {
      next->start_ = simulation_.now();
    }
    const sim::Time until = reckon(next->start_, next->length_);
    if (until != next->until() && next->waiting()) next->move(until);
  }
}

}  // namespace windtunnel::models
