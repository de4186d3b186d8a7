#include "learning/image_channels.h"

#include <fmt/format.h>

#include "base/error.h"

namespace windtunnel::learning {

void check_channels(std::string_view network, const ImageShape& shape) {
  if (shape.channels == 1 || shape.channels == 3) return;
  throw InputError(fmt::format("{} takes images of 1 or 3 channels, the dataset's have {}", network, shape.channels));
}

}  // namespace windtunnel::learning
