// The load that the function platform is measured with: Poisson calls to one function, exponential run times whose mean
// depends on whether the instance is warm or cold. Used by the benchmark, and in a smaller size by the tests.
#pragma once

#include <cstdint>
#include <deque>

#include "base/units.h"
#include "models/platform.h"
#include "sim/callback.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace windtunnel::bench {

/// All in seconds, calls per second and calls.
struct Load {
  double rate = 0.9;
  double warm_mean = 1.991;
  double cold_mean = 2.244;
  double lifetime = 600;  ///< fixed keep-alive
  std::int64_t concurrency = 1000;
  std::uint64_t seed = 1;
};

/// What happened in a stretch of the load.
struct Measured {
  std::int64_t calls = 0;
  std::int64_t cold = 0;
  std::int64_t refused = 0;
  double mean_instances = 0;
  double mean_running = 0;
};

class PoissonLoad {
 public:
  explicit PoissonLoad(const Load& load)
      : load_(load),
        simulation_(load.seed),
        platform_(simulation_, config_of(load)),
        function_(platform_.add_function()),
        gaps_(simulation_.stream("gaps")),
        runs_(simulation_.stream("runs")),
        arrival_(*this) {
    simulation_.schedule(arrival_, draw(gaps_, 1 / load_.rate));
  }

  /// Goes on until `calls` more have arrived, and reports that stretch.
  Measured run(std::int64_t calls) {
    const models::Platform::Integrals before = platform_.integrals();
    const sim::Time start = simulation_.now();
    const Measured earlier = totals();
    left_ = calls;
    simulation_.run_until(sim::Time::max());  // arrive() stops it
    const models::Platform::Integrals after = platform_.integrals();
    const double length = to_seconds(simulation_.now() - start);
    const Measured now = totals();
    return {.calls = now.calls - earlier.calls,
            .cold = now.cold - earlier.cold,
            .refused = now.refused - earlier.refused,
            .mean_instances = (after.alive_s - before.alive_s) / length,
            .mean_running = (after.running_s - before.running_s) / length};
  }

 private:
  class Arrival final : public sim::Callback {
   public:
    explicit Arrival(PoissonLoad& load) : load_(load) {}
    void fire() override { load_.arrive(); }

   private:
    PoissonLoad& load_;
  };

  /// The end of the run on one instance.
  class Completion final : public sim::Callback {
   public:
    Completion(models::Platform& platform, models::InstanceId instance) : platform_(platform), instance_(instance) {}
    void fire() override { platform_.release(instance_); }

   private:
    models::Platform& platform_;
    models::InstanceId instance_;
  };

  /// A call that cannot be placed at once is refused: it never waits long enough to be granted.
  class Refusal final : public models::Waiter {
    void granted(models::Placement) override {}
  };

  static models::PlatformConfig config_of(const Load& load) {
    models::PlatformConfig config;
    config.keep_alive = models::fixed_keep_alive(from_seconds(load.lifetime));
    config.concurrency = load.concurrency;
    config.scaling.environments = 1'000'000;  // the reference has no scaling rate
    return config;
  }

  static Duration draw(sim::RandomStream& stream, double mean) {
    return Duration(static_cast<std::int64_t>(stream.exponential(mean) * 1e9));
  }

  void arrive() {
    simulation_.schedule(arrival_, draw(gaps_, 1 / load_.rate));
    if (const auto placement = platform_.request(function_, refusal_)) {
      while (placement->instance >= completions_.size()) {
        completions_.emplace_back(platform_, static_cast<models::InstanceId>(completions_.size()));
      }
      simulation_.schedule(completions_[placement->instance],
                           draw(runs_, placement->cold ? load_.cold_mean : load_.warm_mean));
    } else {
      platform_.abandon(refusal_);
      ++refused_;
    }
    if (--left_ == 0) simulation_.stop();
  }

  Measured totals() const {
    return {.calls = platform_.calls() + refused_, .cold = platform_.cold_starts(), .refused = refused_};
  }

  Load load_;
  sim::Simulation simulation_;
  models::Platform platform_;
  models::FunctionId function_;
  sim::RandomStream gaps_, runs_;
  Arrival arrival_;
  Refusal refusal_;
  std::deque<Completion> completions_;  // by slot of the instance
  std::int64_t left_ = 0;
  std::int64_t refused_ = 0;
};

}  // namespace windtunnel::bench
