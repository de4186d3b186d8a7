// The Hold model, the yardstick of event queues since 1975: `pending` events wait; again and again the earliest is
// taken and one is pushed at its time plus an exponential. Here it is written once for each way to say it; every run
// returns CPU nanoseconds per event after a warm-up, set-up excluded. CPU time, because the machine may be shared.
#pragma once

#include <cmath>
#include <cstdint>
#include <ctime>

namespace windtunnel::bench {

struct Hold {
  std::size_t pending;
  std::uint64_t warm_up;  ///< events before the clock starts
  std::uint64_t events;   ///< events that are timed
};

/// Exponential with mean 1 s, in nanoseconds, from a small fast generator (splitmix64): the same for all contenders.
class Draw {
 public:
  std::int64_t operator()() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    const double u = (static_cast<double>(z >> 11) + 0.5) * 0x1p-53;
    return static_cast<std::int64_t>(-1e9 * std::log(u));
  }

 private:
  std::uint64_t state_ = 1;
};

inline double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Counts events; starts the clock after the warm-up; true when the run is over.
class Meter {
 public:
  explicit Meter(const Hold& hold) : hold_(hold) {}
  bool count() {
    if (++events_ == hold_.warm_up) start_ns_ = cpu_ns();
    if (events_ < hold_.warm_up + hold_.events) return false;
    if (end_ns_ == 0) end_ns_ = cpu_ns();
    return true;
  }
  double ns_per_event() const { return (end_ns_ - start_ns_) / static_cast<double>(hold_.events); }

 private:
  Hold hold_;
  std::uint64_t events_ = 0;
  double start_ns_ = 0;
  double end_ns_ = 0;
};

// Windtunnel's three levels, and the baseline.
double hold_bare_queue(const Hold& hold);
double hold_callbacks(const Hold& hold);
double hold_processes(const Hold& hold);
double hold_naive(const Hold& hold);

/// Bytes the queue holds per pending event in the Hold model, at its largest.
double queue_bytes_per_event(const Hold& hold);
/// Bytes of frame and record of the process of `hold_processes`.
double bytes_per_process();

}  // namespace windtunnel::bench
