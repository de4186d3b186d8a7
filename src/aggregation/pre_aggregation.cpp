#include "aggregation/pre_aggregation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "aggregation/rules.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t block = 4096;
constexpr std::size_t blocks_per_part = 8;

}  // namespace

PreAggregation::PreAggregation() : rule(rules(), "mean") {}

void PreAggregation::describe(Fields& fields) {
  describe_step(fields);
  fields("rule", rule, "what combines the rows that this step makes; any rule, another such step too");
}

std::string PreAggregation::label() const { return fmt::format("{}, then {}", label_of_step(), rule->label()); }

Traits PreAggregation::traits() const {
  const Traits second = rule->traits();
  return {.copies = second.copies + (second.reach == Reach::rows ? 1 : 0), .wants = second.wants};
}

std::int64_t PreAggregation::least_rows(std::int64_t left_out) const {
  return least_for(rule->least_rows(left_out), left_out);
}

// bench/rules_bench.cpp: a term of a new row is a product and a sum in double; the row is written, and read by the rule.
Work PreAggregation::work_per_value(double n) const {
  const Step made = step(n);
  const double rows = std::ceil(made.rows_made);
  const bool kept = rule->reach() == Reach::rows;
  const Work mixing{.flops = rows * (1.55 * made.terms + 6), .bytes = kept ? 3 * sizeof(float) * rows : 0};
  return made.work + mixing + rule->work_per_value(rows);
}

Work PreAggregation::work_per_call(double n) const { return rule->work_per_call(std::ceil(step(n).rows_made)); }

void PreAggregation::combine(const Updates& updates, std::span<float> out) const {
  const Mixture mixture = mix(updates);
  const std::size_t n = mixture.made.size(), d = out.size();
  const bool by_coordinate = rule->reach() != Reach::rows;
  const std::size_t width = by_coordinate ? block : d;
  std::vector<float> whole(by_coordinate ? 0 : n * d);
  in_parts(updates.context.parallel, (d + block * blocks_per_part - 1) / (block * blocks_per_part), [&](std::size_t part) {
    std::vector<float> piece(by_coordinate ? n * block : 0);
    std::vector<double> common(mixture.common.empty() ? 0 : block);
    std::vector<Row> rows(n);
    const std::size_t end = std::min(d, (part + 1) * block * blocks_per_part);
    for (std::size_t at = part * block * blocks_per_part; at < end; at += block) {
      const std::size_t columns = std::min(block, end - at);
      const std::span<double> shared = std::span(common).first(std::min(columns, common.size()));
      std::ranges::fill(shared, 0.0);
      add_columns(updates.rows, mixture.common, at, shared);
      for (std::size_t i = 0; i < n; ++i) {
        const std::span<float> to = by_coordinate ? std::span(piece).subspan(i * width, columns)
                                                  : std::span(whole).subspan(i * width + at, columns);
        const Mixture::Made& made = mixture.made[i];
        combine_columns(updates.rows, made.combination, at, to, made.on_common ? shared : std::span<double>());
        rows[i] = to;
      }
      if (!by_coordinate) continue;
      rule->apply({.rows = rows, .left_out = updates.left_out, .context = updates.context}, out.subspan(at, columns));
    }
  });
  if (by_coordinate) return;
  std::vector<Row> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = std::span<const float>(whole).subspan(i * d, d);
  rule->apply({.rows = rows, .left_out = updates.left_out, .context = updates.context}, out);
}

}  // namespace windtunnel::aggregation
