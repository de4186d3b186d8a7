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
  waiter.previous_ = last_;
  waiter.next_ = nullptr;
  (last_ != nullptr ? last_->next_ : first_) = &waiter;
  last_ = &waiter;
}

void WaitList::remove(Waiter& waiter) noexcept {
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
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
