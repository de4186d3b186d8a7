// Grey images for networks that were made for colour. For LibTorch's side of this room only.
#pragma once

#include <torch/torch.h>

namespace windtunnel::learning {

/// [n, 1 or 3, h, w] → [n, 3, h, w].
inline torch::Tensor three_channels(const torch::Tensor& images) {
  return images.size(1) == 3 ? images : images.repeat({1, 3, 1, 1});
}

}  // namespace windtunnel::learning
