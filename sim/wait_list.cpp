#include "sim/wait_list.h"

#include "sim/simulation.h"

namespace windtunnel::sim::detail {

void Waiter::wait(WaitList& list, void* frame) noexcept {
  frame_ = frame;
  list.append(*this);
}

void Waiter::cancel() noexcept {
  if (list_ != nullptr) {
    list_->remove(*this);
  } else {
    Simulation::of(frame_).bury_present(frame_);
  }
  frame_ = nullptr;
}

void WaitList::append(Waiter& waiter) noexcept {
  waiter.list_ = this;
  waiter.next_ = nullptr;
  if (first_ == nullptr) {
    waiter.previous_ = first_ = &waiter;
    return;
  }
  waiter.previous_ = first_->previous_;
  waiter.previous_->next_ = &waiter;
  first_->previous_ = &waiter;
}

void WaitList::remove(Waiter& waiter) noexcept {
  Waiter* const before = waiter.previous_;  // the last one, if the waiter is the first
  (&waiter == first_ ? first_ : before->next_) = waiter.next_;
  Waiter* const behind = waiter.next_ != nullptr ? waiter.next_ : first_;
  if (behind != nullptr) behind->previous_ = before;
  waiter.list_ = nullptr;
}

void WaitList::forget_first() noexcept {
  Waiter& waiter = *first_;
  remove(waiter);
  waiter.frame_ = nullptr;
}

void WaitList::wake_first() {
  Waiter& waiter = *first_;
  remove(waiter);
  Simulation::of(waiter.frame_).push_present(waiter.frame_);
}

}  // namespace windtunnel::sim::detail
