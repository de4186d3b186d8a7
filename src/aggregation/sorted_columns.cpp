#include "aggregation/sorted_columns.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

// Columns per block: n rows of them fill half of a common first-level cache (32 KiB), at least a few vectors wide.
std::size_t block_width(std::size_t n) {
  const std::size_t fits = 4096 / n;
  return std::clamp<std::size_t>(fits / 16 * 16, 16, 256);
}

// Eight columns. Compilers find no vector minimum in scalar code (it is not quite IEEE's), but they do in this type's.
using Vector [[gnu::vector_size(32)]] = float;
constexpr std::size_t lanes = sizeof(Vector) / sizeof(float);

constexpr float infinity = std::numeric_limits<float>::infinity();

// NaN becomes infinity; `n` is a multiple of `lanes`.
WINDTUNNEL_VECTOR_CLONES void copy_without_nan(const float* __restrict from, std::size_t n, float* __restrict to) {
  const Vector infinities = Vector{} + infinity;
  for (std::size_t j = 0; j < n; j += lanes) {
    Vector value;
    std::memcpy(&value, from + j, sizeof value);
    value = value == value ? value : infinities;
    std::memcpy(to + j, &value, sizeof value);
  }
}

// The steps of the network on all columns; `width` is a multiple of `lanes`. Equal values stay where they are.
template <class Exchanges>
WINDTUNNEL_VECTOR_CLONES void exchange_all(const Exchanges& network, float* values, std::size_t width) {
  for (const auto& e : network) {
    float* __restrict const low = values + e.low * width;
    float* __restrict const high = values + e.high * width;
    for (std::size_t j = 0; j < width; j += lanes) {
      Vector a, b;
      std::memcpy(&a, low + j, sizeof a);
      std::memcpy(&b, high + j, sizeof b);
      const Vector smaller = b < a ? b : a, larger = b < a ? a : b;
      std::memcpy(low + j, &smaller, sizeof smaller);
      std::memcpy(high + j, &larger, sizeof larger);
    }
  }
}

}  // namespace

// Batcher's odd-even merge sort for any n (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M), then walked
// backwards to drop the exchanges whose results reach none of the wanted ranks.
std::vector<SortedColumns::Exchange> SortedColumns::network(std::size_t n, Ranks ranks) {
  std::vector<Exchange> all;
  std::size_t top = 1;
  while (top < n) top *= 2;
  top /= 2;
  for (std::size_t p = top; p > 0; p /= 2) {
    std::size_t q = top, r = 0, distance = p;
    for (;;) {
      for (std::size_t i = 0; i + distance < n; ++i) {
        if ((i & p) == r) all.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + distance)});
      }
      if (q == p) break;
      distance = q - p;
      q /= 2;
      r = p;
    }
  }
  std::vector<bool> wanted(n, false);
  for (std::size_t k = ranks.first; k < ranks.last; ++k) wanted[k] = true;
  std::vector<Exchange> needed;
  for (std::size_t e = all.size(); e-- > 0;) {
    if (!wanted[all[e].low] && !wanted[all[e].high]) continue;
    wanted[all[e].low] = wanted[all[e].high] = true;
    needed.push_back(all[e]);
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

// The network's loops with each inner one counted: of the first m = n − distance numbers, those with bit p equal to r.
double SortedColumns::steps(double n) {
  double top = 1, sum = 0;
  while (top < n) top *= 2;
  top /= 2;
  for (double p = top; p >= 1; p /= 2) {
    double q = top, distance = p;
    for (bool bit = false;; bit = true) {
      const double m = std::max(n - distance, 0.0);
      const double periods = std::floor(m / (2 * p)), rest = m - 2 * p * periods;
      const double zeros = periods * p + std::min(rest, p);
      sum += bit ? m - zeros : zeros;
      if (q == p) break;
      distance = q - p;
      q /= 2;
    }
  }
  return sum;
}

SortedColumns::SortedColumns(Rows rows, Ranks ranks) : rows_(rows) {
  check(!rows.empty() && ranks.first < ranks.last && ranks.last <= rows.size(), "sorted columns: ranks are of the rows");
  network_ = network(rows.size(), ranks);
  stride_ = block_width(rows.size());
  values_.resize(rows.size() * stride_);
}

bool SortedColumns::next() {
  column_ += width_;
  width_ = std::min(stride_, rows_[0].size() - column_);
  if (width_ == 0) return false;
  const std::size_t whole = width_ / lanes * lanes;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const float* from = rows_[i].data() + column_;
    float* to = values_.data() + i * stride_;
    copy_without_nan(from, whole, to);
    for (std::size_t j = whole; j < width_; ++j) to[j] = from[j] == from[j] ? from[j] : infinity;
  }
  exchange_all(std::span<const Exchange>(network_), values_.data(), stride_);
  return true;
}

}  // namespace windtunnel::aggregation
