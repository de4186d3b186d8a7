#include "models/start_growth.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"

namespace windtunnel::models {
namespace {

// The measured times less 0.3 s: what a cold start of the default function takes alone, most of the time.
struct Point {
  double k, wait_s;
};
constexpr std::array<Point, 5> table{{{1, 0}, {10, 0.9}, {50, 10.7}, {100, 17.7}, {200, 34.7}}};

}  // namespace

Duration start_wait(std::int64_t k) {
  check(k >= 1, "start_wait: counted from 1");
  const auto x = static_cast<double>(k);
  std::size_t i = 1;
  while (i + 1 < table.size() && table[i].k < x) ++i;
  const Point &a = table[i - 1], &b = table[i];
  return from_seconds(a.wait_s + (b.wait_s - a.wait_s) * (x - a.k) / (b.k - a.k));
}

Duration Starts::add(sim::Time now) {
  if (growth_ == StartGrowth::none) return Duration::zero();
  while (!waits_.empty() && waits_.front() < now) {
    std::pop_heap(waits_.begin(), waits_.end(), std::greater<>());
    waits_.pop_back();
  }
  const Duration wait = start_wait(static_cast<std::int64_t>(waits_.size()) + 1);
  waits_.push_back(now + wait);
  std::push_heap(waits_.begin(), waits_.end(), std::greater<>());
  return wait;
}

}  // namespace windtunnel::models
