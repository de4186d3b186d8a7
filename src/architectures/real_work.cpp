#include "architectures/real_work.h"

#include <utility>

#include "base/error.h"

namespace windtunnel::architectures {

void RealWork::call_off() noexcept {
  if (!future_.valid()) return;
  *called_off_ = true;
  future_.wait();
}

RealWork& RealWork::operator=(RealWork&& other) noexcept {
  if (this == &other) return *this;
  call_off();
  future_ = std::move(other.future_);
  called_off_ = std::move(other.called_off_);
  measured_ = std::exchange(other.measured_, std::nullopt);
  return *this;
}

void RealWork::finish() {
  if (future_.valid()) measured_ = future_.get();
}

Duration RealWork::measured() {
  finish();
  check(measured_.has_value(), "measured: real work");
  return *measured_;
}

}  // namespace windtunnel::architectures
