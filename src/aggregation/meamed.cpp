#include "aggregation/meamed.h"

#include "aggregation/mean_around_median.h"

namespace windtunnel::aggregation {

Work Meamed::work_per_value(double n) const { return mean_around_median_work(n, static_cast<double>(f)); }

void Meamed::combine(const Updates& updates, std::span<float> out) const {
  mean_around_median(updates.rows, static_cast<std::size_t>(updates.remaining(f)), out);
}

}  // namespace windtunnel::aggregation
