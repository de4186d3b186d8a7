#include "aggregation/rule.h"

#include <fmt/format.h>

#include <functional>

#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

bool overlap(Row a, Row b) {
  const std::less<const float*> before;
  return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) && before(b.data(), a.data() + a.size());
}

}  // namespace

void Rule::aggregate(Rows rows, std::span<float> out) const {
  if (static_cast<std::int64_t>(rows.size()) < minimum_rows()) {
    throw InputError(
        fmt::format("{} needs at least {} update(s) to combine, there are {}", label(), minimum_rows(), rows.size()));
  }
  check(!rows.empty(), "aggregate: minimum_rows() is at least 1");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) {
      throw InputError(fmt::format("{}: update {} has {} values, update 0 has {}; all must have the same number",
                                   label(), i, rows[i].size(), rows[0].size()));
    }
  }
  check(out.size() == rows[0].size(), "aggregate: out has the length of a row");
  for (Row row : rows) check(!overlap(row, out), "aggregate: out is not the storage of a row");
  combine(rows, out);
}

Work Rule::work(std::int64_t n, std::int64_t d) const {
  check(n >= 1 && d >= 0, "work: at least one row, of no negative length");
  const auto rows = static_cast<double>(n), values = static_cast<double>(d);
  const Work own = work_per_value(rows);
  constexpr double row = sizeof(float), result = 2 * sizeof(float);  // the result's memory is read, then written
  return {own.flops * values, (own.bytes + row * rows + result) * values};
}

}  // namespace windtunnel::aggregation
