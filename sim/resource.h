// A number of equal units that processes take and give back: cores, concurrency, connections. First come, first served,
// and nobody overtakes: a large request at the head of the line holds up small ones behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "sim/simulation.h"

namespace windtunnel::sim {

class Resource;

/// Units taken from a resource; they return when the lease ends. The resource must outlive it.
class [[nodiscard]] Lease {
 public:
  Lease() noexcept = default;
  Lease(Lease&& other) noexcept : resource_(std::exchange(other.resource_, nullptr)), units_(other.units_) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(resource_, other.resource_);
    std::swap(units_, other.units_);
    return *this;
  }
  ~Lease() { release(); }

  /// Gives the units back before the end of the lease. Does nothing the second time.
  void release() noexcept;
  /// Units held; 0 after release.
  std::int64_t units() const noexcept { return resource_ != nullptr ? units_ : 0; }

 private:
  friend class Resource;
  Lease(Resource& resource, std::int64_t units) noexcept : resource_(&resource), units_(units) {}

  Resource* resource_ = nullptr;
  std::int64_t units_ = 0;
};

class Resource {
 public:
  /// Precondition: capacity ≥ 0 (checked).
  Resource(Simulation&, std::int64_t capacity) : capacity_(capacity), available_(capacity) {
    check(capacity >= 0, "a resource's capacity must not be negative");
  }

  std::int64_t capacity() const noexcept { return capacity_; }
  /// Units that nobody holds. Negative while more are held than a lowered capacity allows.
  std::int64_t available() const noexcept { return available_; }
  /// Number of processes in the line.
  std::size_t waiting() const noexcept { return waiting_; }

  /// More units are handed out at once; fewer take effect as leases return. Precondition: ≥ 0 (checked).
  void set_capacity(std::int64_t capacity) {
    check(capacity >= 0, "a resource's capacity must not be negative");
    available_ += capacity - std::exchange(capacity_, capacity);
    serve();
  }

  class Acquire : private detail::Waiter {
   public:
    Acquire(Resource& resource, std::int64_t units) noexcept : resource_(resource), units_(units) {}
    Acquire(const Acquire&) = delete;
    Acquire& operator=(const Acquire&) = delete;
    ~Acquire() {
      if (woken()) {  // killed between its turn and going on
        cancel();
        resource_.give_back(units_);
      } else if (waiting()) {  // those behind it may fit
        cancel();
        --resource_.waiting_;
        resource_.serve();
      }
    }

    bool await_ready() noexcept { return resource_.take(units_); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> waiting) noexcept {
      ++resource_.waiting_;
      wait(resource_.line_, waiting.address());
    }
    Lease await_resume() noexcept {
      resumed();
      return Lease(resource_, units_);
    }

   private:
    friend class Resource;
    Resource& resource_;
    std::int64_t units_;
  };

  /// Awaitable that gives a Lease of `units`. Precondition: units > 0 (checked). More than the capacity waits until the
  /// capacity is raised.
  Acquire acquire(std::int64_t units = 1) {
    check(units > 0, "a lease must be of at least one unit");
    return Acquire(*this, units);
  }
  /// A lease of `units` if they are there and nobody is in the line; else an empty lease (units() == 0).
  Lease try_acquire(std::int64_t units = 1) {
    check(units > 0, "a lease must be of at least one unit");
    return take(units) ? Lease(*this, units) : Lease();
  }

 private:
  friend class Lease;

  bool take(std::int64_t units) noexcept {
    if (units > available_ || !line_.empty()) return false;
    available_ -= units;
    return true;
  }
  void give_back(std::int64_t units) noexcept {
    available_ += units;
    serve();
  }
  void serve() noexcept {
    while (!line_.empty()) {
      const std::int64_t units = static_cast<Acquire*>(line_.first())->units_;
      if (units > available_) return;
      available_ -= units;
      --waiting_;
      line_.wake_first();
    }
  }

  std::int64_t capacity_;
  std::int64_t available_;
  std::size_t waiting_ = 0;
  detail::WaitList line_;
};

inline void Lease::release() noexcept {
  if (Resource* resource = std::exchange(resource_, nullptr); resource != nullptr) resource->give_back(units_);
}

}  // namespace windtunnel::sim
