#include "aggregation/informed_attack.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace windtunnel::aggregation {

void InformedAttack::describe(Fields& fields) {
  fields("knowledge", knows, knowledge_words, "whose updates the attacker sees before it sends: its own, those of the Byzantine "
         "workers, or those of all honest workers");
}

void InformedAttack::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  std::vector<Row> known(context.honest.begin(), context.honest.end());
  if (knows == Knowledge::own || known.empty()) known = {context.own};
  if (static_cast<std::int64_t>(known.size()) < least_) {
    throw InputError(fmt::format("{} needs to see at least {} updates; with knowledge: {} it sees {}", name_, least_,
                                 knowledge_words[static_cast<std::size_t>(knows)], known.size()));
  }
  std::vector<float> forged(out.size());  // `out` may be the own update, which is looked at to the end
  forge_from(known, context, forged);
  std::ranges::copy(forged, out.begin());
}

Moments moments(Rows rows) {
  const std::size_t d = rows[0].size();
  const auto n = static_cast<double>(rows.size());
  Moments m{std::vector<double>(d, 0.0), std::vector<double>(d, 0.0)};
  for (const Row row : rows) {
    for (std::size_t j = 0; j < d; ++j) m.mean[j] += double{row[j]};
  }
  for (double& mean : m.mean) mean /= n;
  for (const Row row : rows) {
    for (std::size_t j = 0; j < d; ++j) {
      const double difference = double{row[j]} - m.mean[j];
      m.deviation[j] += difference * difference;
    }
  }
  for (double& deviation : m.deviation) deviation = std::sqrt(deviation / n);
  return m;
}

void write_along(std::span<const double> from, double factor, std::span<const double> direction, std::span<float> out) {
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = static_cast<float>(from[j] + factor * direction[j]);
}

}  // namespace windtunnel::aggregation
