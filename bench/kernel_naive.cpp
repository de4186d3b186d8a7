// The baseline: how a simulation's event queue is usually written first. Kept as a yardstick, not used anywhere.
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "kernel_hold.h"

namespace windtunnel::bench {
namespace {

class NaiveSimulation {
 public:
  std::int64_t now() const { return now_; }
  void schedule(std::int64_t after, std::function<void()> action) {
    events_.push({now_ + after, sequence_++, std::move(action)});
  }
  void stop() { stopped_ = true; }
  void run() {
    while (!events_.empty() && !stopped_) {
      const std::function<void()> action = std::move(const_cast<Event&>(events_.top()).action);
      now_ = events_.top().time;
      events_.pop();
      action();
    }
  }

 private:
  struct Event {
    std::int64_t time;
    std::uint64_t sequence;
    std::function<void()> action;
    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : sequence > other.sequence;
    }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::int64_t now_ = 0;
  std::uint64_t sequence_ = 0;
  bool stopped_ = false;
};

struct World {
  NaiveSimulation simulation;
  Draw draw;
  Meter meter;

  void fire() {
    if (meter.count()) simulation.stop();
    simulation.schedule(draw(), [this] { fire(); });
  }
};

}  // namespace

double hold_naive(const Hold& hold) {
  World world{{}, {}, Meter(hold)};
  for (std::size_t i = 0; i < hold.pending; ++i) world.simulation.schedule(world.draw(), [&world] { world.fire(); });
  world.simulation.run();
  return world.meter.ns_per_event();
}

}  // namespace windtunnel::bench
