// What is being learnt, seen from outside: a flat vector of weights, gradients of minibatches, and a quality.
// Promise: a Problem is immutable once made. Its functions are thread-safe and depend on nothing but their arguments,
// so the same call gives the same bits on any thread, in any order, beside any number of other calls.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "aggregation/attack.h"
#include "base/fields.h"
#include "base/units.h"

namespace windtunnel::learning {

class DataShelf;

/// A model's parameters in the network's parameter order; immutable, so workers that agree share one copy.
using Weights = std::shared_ptr<const std::vector<float>>;

/// How the training is divided; with the Learning's own settings, this decides every sample of every minibatch.
struct Plan {
  int workers = 1;          ///< ≥ 1, counting those who join later
  int minibatches = 1;      ///< ≥ 1, per worker and round
  std::int64_t batch = 64;  ///< ≥ 1, samples per minibatch
  std::uint64_t seed = 0;   ///< of initial weights, partition, shuffles and noise
  /// Whoever computes a minibatch draws it from all the data, whatever the partition: as if the partition were `iid`.
  bool pooled = false;
};

/// Names one minibatch: 0 ≤ worker < plan.workers, round ≥ 0, 0 ≤ minibatch < plan.minibatches (all checked).
struct Sample {
  int worker = 0;
  int round = 0;
  int minibatch = 0;
  /// Of a worker whose labels are poisoned: each passes through its `label` (InputError where nothing has labels).
  const aggregation::Attack* poison = nullptr;
};

/// Gradient of the mean loss over one minibatch; `values` has one number per parameter, in parameter order.
struct Gradient {
  std::vector<float> values;
  double loss = 0;
};

/// Quality on the test data. accuracy in [0, 1]; NaN where the problem has no classes.
struct Quality {
  double loss = 0;
  double accuracy = 0;
};

class Problem {
 public:
  virtual ~Problem() = default;
  /// The weights before the first round, one copy for all.
  virtual Weights initial() const = 0;
  std::int64_t parameters() const { return static_cast<std::int64_t>(initial()->size()); }
  /// Training samples n_i that the worker draws from, ≥ 1; their sum over the workers is N. 0 ≤ worker < plan.workers
  /// (checked).
  virtual std::int64_t samples_of(int worker) const = 0;
  /// Precondition: weights.size() == parameters() (checked, like the Sample's ranges).
  virtual Gradient gradient(const std::vector<float>& weights, Sample sample) const = 0;
  virtual Quality evaluate(const std::vector<float>& weights) const = 0;
};

/// What the cost model must know about the work; known without opening a data file.
struct Workload {
  std::int64_t parameters = 0;    ///< float32 each
  std::int64_t samples = 0;       ///< training samples of all workers together
  std::int64_t test_samples = 0;  ///< samples of one evaluation
  Bytes sample_bytes;             ///< one training sample as it is stored and fetched
  double seconds_per_sample = 0;  ///< forward + backward of one sample on one reference core
  double forward_share = 0;       ///< part of seconds_per_sample that forward alone takes, in (0, 1]
  double parallel_fraction = 0.9;  ///< part of a gradient's work that further processors can share (Amdahl)
  double flops_per_sample = 0;    ///< forward + backward, a multiplication and an addition counted as two
  /// Memory that a sample of the minibatch adds to the peak of forward + backward, the sample's image included; beside it
  /// a worker holds the weights and its gradient twice, as computed and in one piece.
  Bytes activation_bytes_per_sample;
  std::int64_t classes = 0;       ///< 0: no labels, so label flipping is impossible

  Bytes update_bytes() const { return {4 * parameters}; }  ///< one gradient, or one copy of the weights
  double gradient_seconds(std::int64_t batch) const { return seconds_per_sample * static_cast<double>(batch); }
  double evaluation_seconds() const { return seconds_per_sample * forward_share * static_cast<double>(test_samples); }
};

/// A scenario's `learning:` setting, which makes the Problem.
class Learning {
 public:
  virtual ~Learning() = default;
  virtual void describe(Fields& f) = 0;
  /// Opens no file. Throws InputError when the settings contradict each other.
  virtual Workload workload() const = 0;
  /// Whether the workers' parts of the data may differ in size.
  virtual bool has_shards() const { return false; }
  /// Takes data from the shelf, where they are loaded once for all. Null when nothing is really learnt (`none`). Throws
  /// InputError for bad settings, plans or data files, MissingError for absent ones (naming the Debian package that holds
  /// them).
  virtual std::shared_ptr<const Problem> problem(const Plan& plan, DataShelf& shelf) const = 0;
  /// The same from a shelf of its own.
  std::shared_ptr<const Problem> problem(const Plan& plan) const;
  /// The data files that `problem` reads: what they hold decides its results, as the settings do. MissingError for absent
  /// ones.
  virtual std::vector<std::filesystem::path> data_files() const { return {}; }
};

/// none, quadratic, torch.
Family<Learning> problems();

}  // namespace windtunnel::learning
