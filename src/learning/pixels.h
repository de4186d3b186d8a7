// From stored 8-bit images to the float32 values that networks see.
// Promise: element by element, exact sums for the figures, so the same bits on every machine.
#pragma once

#include <cstdint>
#include <span>

#include "learning/datasets.h"

namespace windtunnel::learning {

/// Mean and standard deviation of each channel, values scaled to [0, 1]; a constant channel gets deviation 1.
Normalisation normalisation_of(const Images& images, const ImageShape& shape);

/// Writes one image, shape.pixels() values, as as many floats to `out`.
void normalise(std::span<const std::uint8_t> image, const ImageShape& shape, const Normalisation& figures, float* out);

}  // namespace windtunnel::learning
