#include "architectures/synchronization.h"

#include <array>

namespace windtunnel::architectures {
namespace {

class Synchronous final : public Synchronization {
 public:
  std::optional<std::int64_t> staleness() const override { return std::nullopt; }
};

class Asynchronous final : public Synchronization {
 public:
  void describe(Fields& f) override {
    f("staleness", bound_, "rounds that a worker may be ahead of the slowest", {.min = 0, .max = 1e6});
  }
  std::optional<std::int64_t> staleness() const override { return bound_; }

 private:
  std::int64_t bound_ = 2;
};

}  // namespace

Family<Synchronization> synchronizations() {
  static constexpr std::array list{
      option<Synchronization, Synchronous>("synchronous", "rounds: the server combines the updates of all workers"),
      option<Synchronization, Asynchronous>("asynchronous", "updates are applied as they come, with bounded staleness"),
  };
  return list;
}

}  // namespace windtunnel::architectures
