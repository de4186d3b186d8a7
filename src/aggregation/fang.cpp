#include "aggregation/fang.h"

#include <algorithm>
#include <cmath>

#include "aggregation/distances.h"
#include "aggregation/krum.h"
#include "aggregation/random_words.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x66616e67ULL;  // "fang"

void against_trimmed_mean(Rows known, const Moments& m, bool sees_all, RandomWords words, std::span<float> out) {
  for (std::size_t j = 0; j < out.size(); ++j) {
    double low = double{known[0][j]}, high = low;
    for (const Row row : known) {
      low = std::min(low, double{row[j]});
      high = std::max(high, double{row[j]});
    }
    const double share = words.uniform();
    const bool down = m.mean[j] > 0;
    double from = down ? low : high, to = 0;  // from the honest end outwards
    if (sees_all) {
      to = (from > 0) == down ? from / 2 : from * 2;
    } else {
      from = m.mean[j] + (down ? -3 : 3) * m.deviation[j];
      to = m.mean[j] + (down ? -4 : 4) * m.deviation[j];
    }
    out[j] = static_cast<float>(from + share * (to - from));
  }
}

void against_krum(Rows known, const Moments& m, std::int64_t byzantine, std::span<float> out) {
  std::vector<float> forged(out.size());
  std::vector<Row> rows(known.begin(), known.end());
  rows.resize(known.size() + static_cast<std::size_t>(byzantine), forged);
  // Farther than all honest updates are from each other and from zero, no row is near.
  const double root = std::sqrt(std::max(static_cast<double>(out.size()), 1.0));
  const Square distances = squared_distances(known);
  double largest = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) largest = std::max(largest, distances(i, j));
  }
  for (const double norm : squared_distances_to({}, known)) largest = std::max(largest, norm);
  const std::int64_t least = 2 * byzantine + 3;
  for (double lambda = 2 * std::sqrt(largest) / root;; lambda /= 2) {
    for (std::size_t j = 0; j < out.size(); ++j) {
      forged[j] = static_cast<float>(m.mean[j] > 0 ? -lambda : m.mean[j] < 0 ? lambda : 0.0);
    }
    const bool enough = static_cast<std::int64_t>(rows.size()) >= least;
    if (lambda < 1e-5 || (enough && Krum::choose(rows, byzantine) >= known.size())) break;
  }
  std::ranges::copy(forged, out.begin());
}

}  // namespace

void Fang::describe(Fields& fields) {
  InformedAttack::describe(fields);
  fields("against", against, fang_words, "the rule that the attack is made against; trimmed_mean: the median too");
}

void Fang::forge_from(Rows known, const AttackContext& context, std::span<float> out) const {
  const Moments m = moments(known);
  if (against == FangTarget::krum) return against_krum(known, m, context.byzantine, out);
  RandomWords words({context.seed, purpose, static_cast<std::uint64_t>(context.worker), static_cast<std::uint64_t>(context.round)});
  against_trimmed_mean(known, m, knows == Knowledge::all, words, out);
}

}  // namespace windtunnel::aggregation
