#include "aggregation/bucketing.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "aggregation/random_words.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x6275636b6574ULL;  // "bucket"

/// A number that changes when the rows do: of their first values, in order (FNV-1a).
std::uint64_t mark_of(Rows rows) {
  std::uint64_t mark = 0xcbf29ce484222325ULL;
  for (const Row row : rows) {
    for (const float value : row.first(std::min<std::size_t>(row.size(), 16))) {
      mark = (mark ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3ULL;
    }
  }
  return mark;
}

}  // namespace

void Bucketing::describe_step(Fields& fields) {
  fields("s", s, "updates in a bucket", {.min = 1, .max = 1e6});
  fields("shuffle", shuffle, "true: buckets are filled in random order, drawn from seed and updates; false: as they come");
  fields("seed", seed, "of the random order", {.min = 0, .max = 1e15});
}

std::string Bucketing::label_of_step() const { return fmt::format("buckets of {}", s); }

std::int64_t Bucketing::least_for(std::int64_t rows, std::int64_t) const { return (rows - 1) * s + 1; }

PreAggregation::Step Bucketing::step(double n) const {
  const auto size = static_cast<double>(s);
  return {.rows_made = std::ceil(n / size), .work = {.flops = 4 * n}, .terms = std::min(size, n)};
}

PreAggregation::Mixture Bucketing::mix(const Updates& updates) const {
  const std::size_t n = updates.rows.size(), size = static_cast<std::size_t>(s);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (shuffle) {
    RandomWords words({static_cast<std::uint64_t>(seed), purpose, mark_of(updates.rows)});
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[words.below(i)]);
  }
  Mixture mixture;
  for (std::size_t at = 0; at < n; at += size) {
    Combination bucket;
    for (std::size_t k = at; k < std::min(n, at + size); ++k) bucket.terms.push_back({order[k], 1.0});
    bucket.divisor = static_cast<double>(bucket.terms.size());
    mixture.made.push_back({std::move(bucket)});
  }
  return mixture;
}

}  // namespace windtunnel::aggregation
