// The function platform alone under Poisson load: calls per second of CPU time beside a naive baseline, in interleaved
// repetitions, medians; and its steady state at 0.9 calls/s against the reference figures, with a 95 % confidence
// interval over 10 seeds. Ends with 0 when all targets are reached, else with 1. Usage: functions_bench [REPETITIONS]
// (at least 5; default 5)
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "bench/functions_load.h"
#include "bench/functions_naive.h"
#include "median.h"

namespace windtunnel::bench {
namespace {

constexpr std::array<double, 4> rates{0.9, 10, 100, 450};  // about 8, 30, 230 and 950 instances

double cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Calls per second of CPU time, after a warm-up.
template <class Simulated>
double calls_per_s(double rate, std::int64_t calls) {
  Simulated load({.rate = rate});
  load.run(200'000);
  const double start = cpu_s();
  load.run(calls);
  return static_cast<double>(calls) / (cpu_s() - start);
}

struct Verdict {
  int missed = 0;
  void operator()(bool reached, const std::string& line) {
    missed += reached ? 0 : 1;
    fmt::print("  {:10}{}\n", reached ? "reached" : "MISSED", line);
  }
};

void speed(int repetitions, Verdict& verdict) {
  std::array<std::vector<double>, rates.size()> ours, naive;
  for (int r = 0; r < repetitions; ++r) {
    for (std::size_t i = 0; i < rates.size(); ++i) {
      ours[i].push_back(calls_per_s<PoissonLoad>(rates[i], 2'000'000));
      naive[i].push_back(calls_per_s<NaiveLoad>(rates[i], rates[i] > 50 ? 200'000 : 1'000'000));
    }
  }
  fmt::print("function platform alone, million calls per second of CPU time, median of {}\n", repetitions);
  fmt::print("  {:>10}{:>14}{:>14}{:>10}\n", "calls/s", "platform", "naive", "ratio");
  std::array<double, rates.size()> fast{}, slow{};
  for (std::size_t i = 0; i < rates.size(); ++i) {
    fast[i] = median(ours[i]) * 1e-6;
    slow[i] = median(naive[i]) * 1e-6;
    fmt::print("  {:>10}{:>14.2f}{:>14.2f}{:>10.1f}\n", rates[i], fast[i], slow[i], fast[i] / slow[i]);
  }
  const auto target = [&](std::size_t i, double million) {
    const double least = std::min(million, 2.7 * slow[i]);
    verdict(fast[i] >= least,
            fmt::format("{} calls/s: {:.2f} million per second, at least {:.2f} (the lower of {} and 2.7 × naive)",
                        rates[i], fast[i], least, million));
  };
  target(0, 9);
  target(2, 6);
  verdict(fast[3] >= 0.8 * fast[2],
          fmt::format("speed with 950 instances is {:.2f} of that with 230 (at least 0.8)", fast[3] / fast[2]));
}

struct Interval {
  double mean = 0, half_width = 0;
};

/// 95 % confidence interval by Student's t.
Interval interval(const std::vector<double>& values) {
  constexpr double t_9 = 2.2621571628;  // 97.5 % point, 9 degrees of freedom
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (double value : values) mean += value / n;
  for (double value : values) squares += (value - mean) * (value - mean);
  return {mean, t_9 * std::sqrt(squares / (n - 1) / n)};
}

void steady_state(Verdict& verdict) {
  std::vector<double> cold, instances, running;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    PoissonLoad load({.seed = seed});
    load.run(100'000);  // the transient
    const Measured measured = load.run(1'000'000);
    cold.push_back(100 * static_cast<double>(measured.cold) / static_cast<double>(measured.calls));
    instances.push_back(measured.mean_instances);
    running.push_back(measured.mean_running);
  }
  fmt::print("steady state at 0.9 calls/s, 10 seeds × 10^6 calls, 95 % confidence intervals\n");
  const auto agrees = [&](const char* what, const std::vector<double>& values, double reference) {
    const Interval ci = interval(values);
    verdict(std::abs(ci.mean - reference) <= ci.half_width,
            fmt::format("{}: {:.4f} ± {:.4f}, reference {:.4f}", what, ci.mean, ci.half_width, reference));
  };
  agrees("cold starts, % of calls", cold, 0.1334);
  agrees("instances, mean", instances, 7.701);
  agrees("running, mean", running, 1.7926);
}

int run(int repetitions) {
  Verdict verdict;
  steady_state(verdict);
  speed(repetitions, verdict);
  fmt::print("{}\n", verdict.missed == 0 ? "all targets reached" : fmt::format("{} targets missed", verdict.missed));
  return verdict.missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace windtunnel::bench

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 5;
  if (repetitions < 5) {
    fmt::print(stderr, "usage: functions_bench [REPETITIONS]   at least 5\n");
    return 2;
  }
  return windtunnel::bench::run(repetitions);
}
