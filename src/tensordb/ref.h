// Shared ownership for values that main thread and workers hold at the same time: a counted pointer to a class that is
// `Counted`. The memory of such objects comes from Redis's allocator, so the server's accounting sees it.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

template <class T>
class Ref {
 public:
  Ref() = default;
  /// Takes over one count.
  static Ref adopt(T* object) {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  /// Adds a count.
  static Ref share(T* object) {
    if (object != nullptr) object->retain();
    return adopt(object);
  }
  Ref(const Ref& other) : object_(other.object_) {
    if (object_ != nullptr) object_->retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }

  /// Gives the count away; the caller must release it.
  T* leak() { return std::exchange(object_, nullptr); }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

/// Base of a counted class Derived, born with one count.
template <class Derived>
class Counted {
 public:
  void retain() const { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<const Derived*>(this);
  }

  /// How many hold it. A count of one's own holds is final: nobody is left to add to it.
  std::uint32_t holders() const { return count_.load(std::memory_order_acquire); }

  static void* operator new(std::size_t size) { return redis::api().alloc(size); }
  static void operator delete(void* p) { redis::api().free(p); }

 protected:
  Counted() = default;
  ~Counted() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{1};
};

}  // namespace windtunnel::tensordb
