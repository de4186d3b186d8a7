// What networks made for colour images accept.
#pragma once

#include <string_view>

#include "learning/datasets.h"

namespace windtunnel::learning {

/// Throws InputError unless images of `shape` have one channel (to be repeated) or three.
void check_channels(std::string_view network, const ImageShape& shape);

}  // namespace windtunnel::learning
