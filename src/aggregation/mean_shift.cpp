#include "aggregation/mean_shift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace windtunnel::aggregation {
namespace {

constexpr int most_steps = 300;

double distance(const Point& a, const Point& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum);
}

double bandwidth_of(std::span<const Point> points) {
  const std::size_t near = std::max<std::size_t>(points.size() / 2, 1);
  double sum = 0;
  for (const Point& p : points) {
    std::vector<double> distances;
    for (const Point& q : points) distances.push_back(distance(p, q));
    std::sort(distances.begin(), distances.end());
    sum += distances[near - 1];
  }
  return std::max(sum / static_cast<double>(points.size()), 1e-12);
}

struct Center {
  Point at;
  std::size_t members;
};

Center moved(Point at, std::span<const Point> points, double bandwidth) {
  Center center{at, 0};
  for (int step = 0; step < most_steps; ++step) {
    Point sum{};
    std::size_t count = 0;
    for (const Point& p : points) {
      if (distance(p, center.at) > bandwidth) continue;
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += p[k];
      ++count;
    }
    if (count == 0) break;
    for (double& x : sum) x /= static_cast<double>(count);
    const double way = distance(sum, center.at);
    center = {sum, count};
    if (way <= 1e-3 * bandwidth) break;
  }
  return center;
}

}  // namespace

std::vector<std::size_t> largest_cluster(std::span<const Point> points) {
  const double bandwidth = bandwidth_of(points);
  std::vector<Center> found, centers;
  for (const Point& p : points) found.push_back(moved(p, points, bandwidth));
  std::stable_sort(found.begin(), found.end(), [](const Center& a, const Center& b) { return a.members > b.members; });
  for (const Center& each : found) {
    const auto close = [&](const Center& earlier) { return distance(each.at, earlier.at) <= bandwidth; };
    if (std::none_of(centers.begin(), centers.end(), close)) centers.push_back(each);
  }
  std::vector<std::vector<std::size_t>> clusters(centers.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto nearer = [&](const Center& a, const Center& b) { return distance(points[i], a.at) < distance(points[i], b.at); };
    const auto own = std::min_element(centers.begin(), centers.end(), nearer);
    clusters[static_cast<std::size_t>(own - centers.begin())].push_back(i);
  }
  const auto larger = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  return *std::max_element(clusters.begin(), clusters.end(), larger);
}

}  // namespace windtunnel::aggregation
