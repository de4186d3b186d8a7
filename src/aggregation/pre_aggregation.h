// A rule in two steps: rows are made of the rows, and another rule combines those. Any rule can be the second, another
// pre-aggregation too: `rule: {clip: {norm: 5, rule: {nnm: {f: 2, rule: {trimmed_mean: {f: 2}}}}}}` clips, mixes, trims.
// Promise: least number of rows and cost are those of both steps; where the second works by coordinate, no row is kept.
#pragma once

#include "aggregation/rule.h"
#include "aggregation/weighted_sum.h"

namespace windtunnel::aggregation {

class PreAggregation : public Rule {
 public:
  PreAggregation();
  Choice<Rule> rule;  ///< what combines the new rows

  /// The settings of the first step, then `rule`.
  void describe(Fields& fields) final;
  std::string label() const final;
  Traits traits() const final;
  std::int64_t least_rows(std::int64_t left_out) const final;
  Work work_per_value(double n) const final;
  Work work_per_call(double n) const final;

 protected:
  virtual void describe_step(Fields& fields) = 0;
  virtual std::string label_of_step() const = 0;
  /// What of the rows each of the new ones consists of. Those with `on_common` come on top of a sum that many share.
  struct Mixture {
    struct Made {
      Combination combination;
      bool on_common = false;
    };
    std::vector<Made> made{};
    std::vector<Combination::Term> common{};
  };
  virtual Mixture mix(const Updates& updates) const = 0;

  /// The first step's figures: how many rows it makes of n, what n must be at least when the second step needs `rows`, and
  /// its work per value beyond reading the rows; `terms`: rows added up for a new one, on average.
  struct Step {
    double rows_made = 0;
    Work work{};
    double terms = 1;
  };
  virtual Step step(double n) const = 0;
  virtual std::int64_t least_for(std::int64_t rows, [[maybe_unused]] std::int64_t left_out) const { return rows; }

 private:
  void combine(const Updates& updates, std::span<float> out) const final;
};

}  // namespace windtunnel::aggregation
