// One copy of a network that one thread at a time computes with. For LibTorch's side of this room only.
// Promise: results depend on the arguments only. Weights are read where they are: the network's parameters become views
// of the caller's vector for the length of a call.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "learning/model.h"
#include "learning/networks.h"
#include "learning/problem.h"

namespace windtunnel::learning {

struct Batch {
  torch::Tensor images;  ///< float32 [n, channels, height, width], normalised
  torch::Tensor labels;  ///< int64 [n]
};

/// Sums over a batch.
struct Score {
  double loss = 0;
  std::int64_t correct = 0;
};

class Replica {
 public:
  explicit Replica(std::shared_ptr<Model> model);

  std::int64_t parameters() const { return count_; }
  bool has_batch_norm() const { return has_batch_norm_; }

  /// Fresh weights drawn from `random`.
  std::vector<float> initial(Random& random);
  /// Of the mean cross-entropy; batch normalisation uses the batch's own statistics. `dropout_key` empty: no dropout.
  Gradient gradient(std::span<const float> weights, const Batch& batch, std::optional<std::uint64_t> dropout_key);
  /// Sets the statistics that batch normalisation uses in `score` to their averages over `batches`. Nothing else is
  /// kept from call to call, and a network without batch normalisation needs no calibration.
  void calibrate(std::span<const float> weights, std::span<const Batch> batches);
  Score score(std::span<const float> weights, const Batch& batch);

 private:
  void show(std::span<const float> weights);

  std::shared_ptr<Model> model_;
  std::vector<torch::Tensor> parameters_;
  std::int64_t count_ = 0;
  bool has_batch_norm_ = false;
};

/// Replicas of one network, as many as there are threads that want one at the same time.
class ReplicaPool {
 public:
  ReplicaPool(std::shared_ptr<const Network> network, const Facts& facts);

  class Lease {
   public:
    Lease(ReplicaPool& pool, std::unique_ptr<Replica> replica) : pool_(pool), replica_(std::move(replica)) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Replica* operator->() const { return replica_.get(); }

   private:
    ReplicaPool& pool_;
    std::unique_ptr<Replica> replica_;
  };
  /// An idle replica, or a new one.
  Lease borrow();

 private:
  std::shared_ptr<const Network> network_;
  Facts facts_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Replica>> idle_;
};

}  // namespace windtunnel::learning
