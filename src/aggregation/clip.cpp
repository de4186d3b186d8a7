#include "aggregation/clip.h"

#include <fmt/format.h>

#include <cmath>

#include "aggregation/distances.h"
#include "aggregation/nearest.h"

namespace windtunnel::aggregation {

double clipping_factor(double squared_norm, double norm) {
  const double length = std::sqrt(squared_norm);
  return length > norm ? norm / length : 1.0;
}

void Clip::describe_step(Fields& fields) {
  fields("norm", norm, "largest Euclidean norm of an update; longer ones are shortened to it",
         {.min = 0, .max = 1e30, .above_min = true});
}

std::string Clip::label_of_step() const { return fmt::format("clip to norm {}", norm); }

PreAggregation::Step Clip::step(double n) const { return {.rows_made = n, .work = norms_work(n), .terms = 1}; }

PreAggregation::Mixture Clip::mix(const Updates& updates) const {
  Mixture mixture;
  const std::vector<double> norms = squared_distances_to({}, updates.rows, updates.context.parallel);
  for (std::size_t i = 0; i < norms.size(); ++i) {
    mixture.made.push_back({{.terms = {{i, clipping_factor(norms[i], norm)}}}});
  }
  return mixture;
}

}  // namespace windtunnel::aggregation
