// What a rule or an optimizer costs before it runs: scalar operations, bytes of memory, and the time one core takes.
// Promise: a function of the shape and the settings alone. The time is that of this room's own code on one core with
// rows that come from memory: within 25 % of what bench/rules_bench.cpp measures for 10^6 values and more, on the
// machine that the rates are of.
#pragma once

#include <algorithm>
#include <string_view>

namespace windtunnel::aggregation {

/// Counts of one call. A flop is what takes the time of one scalar operation at the rate of CoreRates: steps of wide vectors
/// (a sorting network's) count as less than one, branches, roots and values that wait for memory as several, by the bench. Bytes are read and written; where a result is
/// written that was not read, the memory is read first, so it counts twice. Both are what the bench finds, not what a
/// listing shows.
struct Work {
  double flops = 0;
  double bytes = 0;

  Work operator+(const Work& other) const { return {flops + other.flops, bytes + other.bytes}; }
};

/// Of one core: the flop rate is that of a plain loop in double (difference, square and sum, four at a time), the bandwidth
/// that of the mean and of optimizer steps on vectors beyond the caches.
struct CoreRates {
  double flops_per_s = 13e9;
  double bytes_per_s = 29e9;
};
inline constexpr std::string_view core_rates_source = "bench/rules_bench on one core of an AMD EPYC 9004, 2026-11-25";

/// Arithmetic and memory go on side by side and the slower decides: rules that compute much take the same time whether
/// their rows lie in a cache or not, which a sum of the two would not give.
inline double seconds(const Work& work, const CoreRates& core = {}) {
  return std::max(work.flops / core.flops_per_s, work.bytes / core.bytes_per_s);
}

}  // namespace windtunnel::aggregation
