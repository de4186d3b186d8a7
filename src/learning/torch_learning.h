// `learning: torch`: real gradients of a network's mean cross-entropy on real images.
//
// Batch normalisation: a gradient uses its own minibatch's statistics, as in training anywhere. An evaluation uses the
// average statistics of a fixed set of training images, computed afresh for the weights at hand ("precise" statistics:
// Wu and Johnson, arXiv 2105.07576), instead of running averages: those are hidden state, which would differ between
// workers and make a quality depend on more than the weights. Dropout: the mask belongs to (seed, worker, round,
// minibatch), like the choice of samples. Results are the same to the bit for any number of threads on one machine;
// across processors of other kinds LibTorch's kernels may round differently.
#pragma once

#include <optional>

#include "learning/datasets.h"
#include "learning/networks.h"
#include "learning/partition.h"
#include "learning/problem.h"

namespace windtunnel::learning {

class TorchLearning final : public Learning {
 public:
  void describe(Fields& f) override;
  Workload workload() const override;
  bool has_shards() const override { return true; }
  using Learning::problem;
  std::shared_ptr<const Problem> problem(const Plan& plan, DataShelf& shelf) const override;
  std::vector<std::filesystem::path> data_files() const override { return dataset->files(); }

  Choice<Dataset> dataset{datasets(), "fashion_mnist"};
  Choice<Partition> partition{partitions(), "iid"};
  Choice<Network> network{networks(), "small_cnn"};
  std::optional<Duration> sample_time;
};

}  // namespace windtunnel::learning
