#include "sim/scope.h"

#include <utility>

namespace windtunnel::sim {

/// Awaitable: no child is left.
class Scope::Idle : private detail::Waiter {
 public:
  explicit Idle(Scope& scope) noexcept : scope_(scope) {}
  bool await_ready() const noexcept { return scope_.size() == 0; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) noexcept {
    wait(scope_.joining_, waiting.address());
  }
  void await_resume() noexcept { resumed(); }

 private:
  Scope& scope_;
};

Scope::~Scope() {
  kill_all();
  if (!error_) return;
  // Nobody has heard of it. That is right if the parent is being killed, or fails itself; else nothing may get lost.
  const bool parent_killed = parent() != nullptr && parent()->state == detail::ProcessState::unwinding;
  if (!parent_killed && std::uncaught_exceptions() == 0) simulation().fail(std::move(error_));
}

Task<> Scope::join() {
  while (size() > 0) co_await Idle(*this);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Scope::ended(std::exception_ptr error) {
  if (error && !error_) {
    if (parent() != nullptr) {
      error_ = std::move(error);
    } else {
      simulation().fail(std::move(error));
    }
    kill_all();
  }
  if (size() == 0) joining_.wake_all();
}

}  // namespace windtunnel::sim
