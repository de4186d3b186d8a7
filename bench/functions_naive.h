// The baseline: the same load as it is usually written first, std::function in a std::priority_queue and a list of
// instances that is searched. Kept as a yardstick, not used anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "bench/functions_load.h"

namespace windtunnel::bench {

class NaiveLoad {
 public:
  explicit NaiveLoad(const Load& load) : load_(load), random_(load.seed) {
    schedule(draw(1 / load_.rate), [this] { arrive(); });
  }

  Measured run(std::int64_t calls) {
    const Measured before = so_far_;
    const double start = now_, alive = alive_s_, running = running_s_;
    for (left_ = calls; left_ > 0;) {
      const std::function<void()> action = std::move(const_cast<Event&>(events_.top()).action);
      advance(events_.top().time);
      events_.pop();
      action();
    }
    return {.calls = so_far_.calls - before.calls,
            .cold = so_far_.cold - before.cold,
            .refused = so_far_.refused - before.refused,
            .mean_instances = (alive_s_ - alive) / (now_ - start),
            .mean_running = (running_s_ - running) / (now_ - start)};
  }

 private:
  struct Instance {
    bool running = true;
    double idle_since = 0;
  };
  struct Event {
    double time;
    std::uint64_t sequence;
    std::function<void()> action;
    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : sequence > other.sequence;
    }
  };

  double draw(double mean) { return std::exponential_distribution<double>(1 / mean)(random_); }
  void schedule(double after, std::function<void()> action) {
    events_.push({now_ + after, sequence_++, std::move(action)});
  }
  void advance(double time) {
    alive_s_ += (time - now_) * static_cast<double>(instances_.size());
    running_s_ += (time - now_) * static_cast<double>(running_);
    now_ = time;
  }

  void arrive() {
    schedule(draw(1 / load_.rate), [this] { arrive(); });
    --left_;
    ++so_far_.calls;
    if (running_ >= load_.concurrency) {
      ++so_far_.refused;
      return;
    }
    std::shared_ptr<Instance> newest;
    for (const std::shared_ptr<Instance>& instance : instances_) {
      if (!instance->running && (!newest || instance->idle_since >= newest->idle_since)) newest = instance;
    }
    const bool cold = !newest;
    if (cold) {
      newest = std::make_shared<Instance>();
      instances_.push_back(newest);
      ++so_far_.cold;
    }
    newest->running = true;
    ++running_;
    schedule(draw(cold ? load_.cold_mean : load_.warm_mean), [this, newest] { complete(newest); });
  }

  void complete(const std::shared_ptr<Instance>& instance) {
    instance->running = false;
    instance->idle_since = now_;
    --running_;
    schedule(load_.lifetime, [this, instance, since = now_] {
      if (!instance->running && instance->idle_since == since) std::erase(instances_, instance);
    });
  }

  Load load_;
  std::mt19937_64 random_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<std::shared_ptr<Instance>> instances_;
  Measured so_far_;
  double now_ = 0, alive_s_ = 0, running_s_ = 0;
  std::uint64_t sequence_ = 0;
  std::int64_t running_ = 0;
  std::int64_t left_ = 0;
};

}  // namespace windtunnel::bench
