// `learning: none`: the work's bytes and seconds without the work. The figures are those of a network on a dataset,
// whose files need not be there; each can be given instead.
#pragma once

#include <optional>

#include "learning/datasets.h"
#include "learning/networks.h"
#include "learning/problem.h"

namespace windtunnel::learning {

class None final : public Learning {
 public:
  void describe(Fields& f) override;
  Workload workload() const override;
  using Learning::problem;
  /// Null.
  std::shared_ptr<const Problem> problem(const Plan& plan, DataShelf& shelf) const override;

  Choice<Network> network{networks(), "small_cnn"};
  Choice<Dataset> dataset{datasets(), "fashion_mnist"};
  std::optional<std::int64_t> parameters, samples;
  std::optional<Bytes> sample_size, activation_size;
  std::optional<Duration> sample_time;
};

}  // namespace windtunnel::learning
