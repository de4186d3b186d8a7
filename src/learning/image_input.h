// Grey images for networks that were made for colour. For this room's .cpp files only.
#pragma once

#include <torch/torch.h>

#include <string_view>

#include "learning/datasets.h"

namespace windtunnel::learning {

/// Throws InputError unless images of `shape` have one channel or three.
void check_channels(std::string_view network, const ImageShape& shape);

/// [n, 1 or 3, h, w] → [n, 3, h, w].
inline torch::Tensor three_channels(const torch::Tensor& images) {
  return images.size(1) == 3 ? images : images.repeat({1, 3, 1, 1});
}

}  // namespace windtunnel::learning
