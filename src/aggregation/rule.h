// A rule combines the workers' updates into one. Rules are pure: the result depends on the rows, what is at hand besides
// them (updates.h) and the rule's settings only, is the same to the bit wherever and on however many threads it is
// computed, and no clock or generator takes part.
//
// Not-a-number and infinity. Rows come from workers that may be Byzantine, so any value is legal input. `mean` lets them
// through by definition. For every other rule a row that holds one is Byzantine: it is left out and reported, and is one of
// the f that the rule withstands, of which f − 1 may then be among the others. The result is finite as long as the rows that
// are left are enough for that, so always when no more than f are left out; if they are not, RunError says so.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "aggregation/updates.h"
#include "aggregation/work.h"
#include "base/fields.h"

namespace windtunnel::aggregation {

/// What of the rows a rule looks at for one value of the result; whoever computes it in pieces or on several threads asks.
enum class Reach : std::uint8_t {
  running,     ///< its coordinate of one row after the other: at the speed of memory
  coordinate,  ///< its coordinate of all rows at once
  rows,        ///< whole rows: no piece can be computed without the others
};

struct Traits {
  Reach reach = Reach::rows;  ///< of the finite rows, where others are left out
  /// Whether rows may be scaled by what they count, their mean being 1: so it is with a mean, and makes no sense where
  /// rows are compared with each other.
  bool takes_weighted_rows = false;
  bool leaves_out = true;  ///< rows that hold NaN or infinity; false: they take part
  int copies = 0;          ///< of all rows, that the rule makes and holds at once
  Wants wants{};
};

class Rule {
 public:
  virtual ~Rule() = default;

  /// The settings of the rule; none by default.
  virtual void describe(Fields&) {}
  /// The rule and its settings for messages: `krum with f = 1`.
  virtual std::string label() const = 0;
  virtual Traits traits() const { return {}; }
  /// The least number of rows for which the rule is defined with its settings, when `left_out` Byzantine ones were left
  /// out already; at least 1.
  virtual std::int64_t least_rows([[maybe_unused]] std::int64_t left_out) const { return 1; }
  /// Per coordinate, for n rows; reading the rows and writing the result, which every rule does, is not in it.
  virtual Work work_per_value(double n) const = 0;
  /// Besides, however long the rows are.
  virtual Work work_per_call([[maybe_unused]] double n) const { return {}; }

  std::int64_t minimum_rows() const { return least_rows(0); }
  Reach reach() const { return traits().reach; }
  bool takes_weighted_rows() const { return traits().takes_weighted_rows; }
  Wants wants() const { return traits().wants; }

  /// What aggregating n rows of d values costs. Precondition: n ≥ 1, d ≥ 0 (checked); n may be less than minimum_rows().
  Work work(std::int64_t n, std::int64_t d) const;

  /// Memory that a call takes beside rows and result: copies, and numbers for every pair of rows.
  double kept_bytes(std::int64_t n, std::int64_t d) const;

  struct Outcome {
    std::vector<std::size_t> left_out;  ///< rows that held NaN or infinity, ascending
  };
  /// out[j] for j in [0, d) from `rows`, n × d. Throws InputError when n < minimum_rows(), when the rows differ in length
  /// and when a row that the rule wants is not at hand; RunError when too many rows are not finite.
  /// Precondition (checked): out has length d and is not the storage of a row.
  Outcome aggregate(Rows rows, const RuleContext& context, std::span<float> out) const;
  Outcome aggregate(Rows rows, std::span<float> out) const { return aggregate(rows, RuleContext{}, out); }

  /// The checks of `aggregate`, and the rows that take part: for who computes a rule in pieces, by coordinate.
  struct Admitted {
    std::vector<Row> rows;
    Outcome outcome;
  };
  Admitted admit(Rows rows, const RuleContext& context) const;
  /// The formula, for rows that were admitted, or any piece of them where the reach allows pieces.
  void apply(const Updates& updates, std::span<float> out) const { combine(updates, out); }

 protected:
  /// The formula. Rows and `out` were checked; d may be 0. Pieces come in any order and on several threads.
  virtual void combine(const Updates& updates, std::span<float> out) const = 0;

 private:
  void check_input(Rows rows, const RuleContext& context) const;
  Admitted without(Rows rows, const std::vector<bool>& bad) const;
};

}  // namespace windtunnel::aggregation
