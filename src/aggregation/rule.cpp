#include "aggregation/rule.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>

#include "aggregation/finite.h"
#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

bool overlap(Row a, Row b) {
  const std::less<const float*> before;
  return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) && before(b.data(), a.data() + a.size());
}

/// Columns that are combined at a time by rules that look at all rows of a coordinate: looked through for NaN, then
/// sorted, they are read from memory once. A running rule reads long pieces of one row.
std::size_t block_of(Reach reach) { return reach == Reach::running ? 16 * 1024 : 4096; }
constexpr std::size_t columns_per_part = 32 * 1024;

/// Applies a rule by coordinate in pieces. With `bad` it looks for rows that are not finite on the way, and what it has
/// written is worth nothing when it finds any.
bool by_coordinate(const Rule& rule, const Updates& all, std::span<float> out, std::vector<std::atomic<bool>>* bad) {
  const std::size_t block = block_of(rule.reach()), d = out.size();
  std::atomic<bool> any = false;
  in_parts(all.context.parallel, (d + columns_per_part - 1) / columns_per_part, [&](std::size_t part) {
    std::vector<Row> rows(all.rows.size());
    const std::size_t end = std::min(d, (part + 1) * columns_per_part);
    for (std::size_t at = part * columns_per_part; at < end; at += block) {
      interruption_point();
      const std::size_t width = std::min(block, end - at);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = all.rows[i].subspan(at, width);
        if (bad != nullptr && !finite(rows[i])) (*bad)[i] = any = true;
      }
      if (!any) rule.apply({.rows = rows, .left_out = all.left_out, .context = all.context}, out.subspan(at, width));
    }
  });
  return !any;
}

}  // namespace

void Rule::check_input(Rows rows, const RuleContext& context) const {
  if (static_cast<std::int64_t>(rows.size()) < minimum_rows()) {
    throw InputError(
        fmt::format("{} needs at least {} update(s) to combine, there are {}", label(), minimum_rows(), rows.size()));
  }
  check(!rows.empty(), "aggregate: minimum_rows() is at least 1");
  const std::size_t d = rows[0].size();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != d) {
      throw InputError(fmt::format("{}: update {} has {} values, update 0 has {}; all must have the same number",
                                   label(), i, rows[i].size(), d));
    }
  }
  const Wants wants = this->wants();
  const auto at_hand = [&](Row row, bool needed, bool used, const char* what) {
    if (row.empty() && needed && d > 0) throw InputError(fmt::format("{} needs {}, and there is none", label(), what));
    if (!row.empty() && row.size() != d) {
      throw InputError(fmt::format("{}: {} has {} values, the updates have {}", label(), what, row.size(), d));
    }
    if (used && !finite(row)) throw RunError(fmt::format("{}: {} holds NaN or infinity", label(), what));
  };
  at_hand(context.own, wants.own, wants.own, "the own update of the one who combines");
  at_hand(context.reference, wants.reference, wants.reference, "a reference update that can be trusted");
  at_hand(context.previous, false, wants.previous, "the previous aggregate");
}

Rule::Admitted Rule::without(Rows rows, const std::vector<bool>& bad) const {
  Admitted admitted;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (bad[i]) {
      admitted.outcome.left_out.push_back(i);
    } else {
      admitted.rows.push_back(rows[i]);
    }
  }
  const auto left_out = static_cast<std::int64_t>(admitted.outcome.left_out.size());
  if (static_cast<std::int64_t>(admitted.rows.size()) < least_rows(left_out)) {
    throw RunError(fmt::format("{}: {} of {} updates hold NaN or infinity; at least {} without are needed", label(),
                               left_out, rows.size(), least_rows(left_out)));
  }
  return admitted;
}

Rule::Admitted Rule::admit(Rows rows, const RuleContext& context) const {
  check_input(rows, context);
  if (!traits().leaves_out) return {{rows.begin(), rows.end()}, {}};
  return without(rows, not_finite(rows, context.parallel));
}

Rule::Outcome Rule::aggregate(Rows rows, const RuleContext& context, std::span<float> out) const {
  check_input(rows, context);
  check(out.size() == rows[0].size(), "aggregate: out has the length of a row");
  for (Row row : rows) check(!overlap(row, out), "aggregate: out is not the storage of a row");
  for (Row row : {context.own, context.previous, context.reference}) {
    check(!overlap(row, out), "aggregate: out is not the storage of what is at hand");
  }
  const Traits traits = this->traits();
  const Updates all{.rows = rows, .left_out = 0, .context = context};
  if (traits.reach != Reach::rows) {
    std::vector<std::atomic<bool>> bad(rows.size());
    if (by_coordinate(*this, all, out, traits.leaves_out ? &bad : nullptr)) return {};
    Admitted admitted = without(rows, {bad.begin(), bad.end()});
    by_coordinate(*this,
                  {.rows = admitted.rows,
                   .left_out = static_cast<std::int64_t>(admitted.outcome.left_out.size()),
                   .context = context},
                  out, nullptr);
    return std::move(admitted.outcome);
  }
  Admitted admitted = admit(rows, context);
  combine({.rows = admitted.rows,
           .left_out = static_cast<std::int64_t>(admitted.outcome.left_out.size()),
           .context = context},
          out);
  return std::move(admitted.outcome);
}

Work Rule::work(std::int64_t n, std::int64_t d) const {
  check(n >= 1 && d >= 0, "work: at least one row, of no negative length");
  const auto rows = static_cast<double>(n), values = static_cast<double>(d);
  const Work own = work_per_value(rows);
  constexpr double row = sizeof(float), result = 2 * sizeof(float);  // the result's memory is read, then written
  return Work{own.flops * values, (own.bytes + row * rows + result) * values} + work_per_call(rows);
}

double Rule::kept_bytes(std::int64_t n, std::int64_t d) const {
  const auto rows = static_cast<double>(n);
  const double pairs = reach() == Reach::rows ? rows * rows * sizeof(double) : 0;
  return pairs + traits().copies * rows * static_cast<double>(d) * sizeof(float);
}

}  // namespace windtunnel::aggregation
