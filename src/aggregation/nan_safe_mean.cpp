#include "aggregation/nan_safe_mean.h"

#include "aggregation/mean.h"

namespace windtunnel::aggregation {

Work NanSafeMean::work_per_value(double n) const {
  // bench/rules_bench.cpp: as the mean, and each row looked through while it lies in the cache.
  Work work = Mean().work_per_value(n);
  work.flops += 1.5 * n;
  work.bytes += 1.6 * n;
  return work;
}

void NanSafeMean::combine(const Updates& updates, std::span<float> out) const { Mean().apply(updates, out); }

}  // namespace windtunnel::aggregation
