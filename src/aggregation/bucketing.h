// Bucketing: means of few rows at a time, which are less different from each other than the rows are.
#pragma once

#include "aggregation/pre_aggregation.h"

namespace windtunnel::aggregation {

/// The rows in a random order, s at a time: each bucket's mean is one of ⌈n/s⌉ new rows (the last bucket may hold fewer).
/// A Byzantine row spoils one bucket. The order is drawn from `seed` and the rows' first values, so it changes from round
/// to round although rules are pure; without `shuffle` it is the order in which the rows come, which suits rows that no
/// attacker can arrange. n ≥ (m − 1) s + 1 where the rule on the means needs m.
/// Reference: Karimireddy, He, Jaggi: Byzantine-robust learning on heterogeneous datasets via bucketing, ICLR 2022,
/// algorithm 1.
class Bucketing final : public PreAggregation {
 public:
  std::int64_t s = 2;  ///< rows in a bucket, ≥ 1
  bool shuffle = true;
  std::int64_t seed = 0;

 protected:
  void describe_step(Fields& fields) override;
  std::string label_of_step() const override;
  Mixture mix(const Updates& updates) const override;
  Step step(double n) const override;
  std::int64_t least_for(std::int64_t rows, std::int64_t left_out) const override;
};

}  // namespace windtunnel::aggregation
