// The networks one can train, with what is known of each before it is built.
// Promise: `parameters` is exact for every image shape that the network takes. Nothing here needs LibTorch: the layers
// are in learning/models.h, on LibTorch's side of this room.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fields.h"
#include "learning/datasets.h"

namespace windtunnel::learning {

/// What one training sample costs. The time was measured on one core of an AMD EPYC (AVX-512, 2026-11-20) with LibTorch
/// 1.13 by training_bench --costs; flops and memory by footprint_bench and the parallel fraction by threads_bench, both on
/// two cores of an AMD EPYC 9004, 2026-11-25.
struct ComputeCost {
  double seconds_per_sample = 0;  ///< forward + backward
  double forward_share = 0;       ///< part of it that forward alone takes, in (0, 1]
  /// Part of a gradient's time that further threads share (Amdahl), from two threads with batches of 64 to 512, by the CPU
  /// time of the calling thread: the machine had other users. Larger batches share a little more than smaller ones.
  double parallel_fraction = 0;
  double flops_per_sample = 0;    ///< forward + backward, a multiplication and an addition counted as two
  /// Resident memory that a sample adds at the peak of forward + backward: the image itself, what forward keeps, the
  /// scratch memory of backward, and the holes between the blocks: 1.2 to 1.9 times what the heap holds.
  double activation_bytes_per_sample = 0;
  std::string_view source;        ///< batch and image shape it was measured with
};

class Network {
 public:
  virtual ~Network() = default;
  virtual void describe(Fields&) {}
  /// Throws InputError when the network cannot take such images (too small).
  virtual std::int64_t parameters(const Facts& data) const = 0;
  /// At the source's shape, scaled by the pixels of `data`'s images.
  virtual ComputeCost cost(const Facts& data) const = 0;
};

/// mlp, lenet5, small_cnn, mobilenet_v3_small, resnet18. The last two take three channels, as published: grey images
/// are repeated to three.
Family<Network> networks();

}  // namespace windtunnel::learning
