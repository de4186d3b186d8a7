// A rule combines the workers' updates into one. Rules are pure: the result depends on the rows and the rule's settings
// only, is the same to the bit wherever it is computed, and no thread, clock or generator takes part.
//
// Not-a-number and infinity. Rows come from workers that may be Byzantine, so any value is legal input. `mean` lets them through
// by definition. Every other rule gives a finite result as long as no more than its `f` rows (median: fewer than half)
// hold such values and the others are finite; each rule's header says how it treats them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "aggregation/rows.h"
#include "aggregation/work.h"
#include "base/fields.h"

namespace windtunnel::aggregation {

/// What of the rows a rule looks at for one value of the result; whoever computes it in pieces or on several threads asks.
enum class Reach : std::uint8_t {
  running,     ///< its coordinate of one row after the other: at the speed of memory
  coordinate,  ///< its coordinate of all rows at once
  rows,        ///< whole rows: no piece can be computed without the others
};

class Rule {
 public:
  virtual ~Rule() = default;

  /// The settings of the rule; none by default.
  virtual void describe(Fields&) {}
  /// The rule and its settings for messages: `krum with f = 1`.
  virtual std::string label() const = 0;
  /// The least number of rows for which the rule is defined with its settings; at least 1.
  virtual std::int64_t minimum_rows() const { return 1; }
  virtual Reach reach() const { return Reach::rows; }
  /// Whether rows may be scaled by what they count, their mean being 1: so it is with a mean, and makes no sense where rows
  /// are compared with each other.
  virtual bool takes_weighted_rows() const { return false; }

  /// What aggregating n rows of d values costs. Precondition: n ≥ 1, d ≥ 0 (checked); n may be less than minimum_rows().
  Work work(std::int64_t n, std::int64_t d) const;

  /// out[j] for j in [0, d) from `rows`, n × d. Throws InputError when n < minimum_rows() or the rows differ in length.
  /// Precondition (checked): out has length d and is not the storage of a row.
  void aggregate(Rows rows, std::span<float> out) const;

 protected:
  /// The formula. `rows` and `out` were checked; d may be 0.
  virtual void combine(Rows rows, std::span<float> out) const = 0;
  /// Per coordinate, for n rows; reading the rows and writing the result, which every rule does, is not in it.
  virtual Work work_per_value(double n) const = 0;
};

}  // namespace windtunnel::aggregation
