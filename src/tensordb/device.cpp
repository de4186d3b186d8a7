#include "tensordb/device.h"

#include <algorithm>

#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

void check_device(std::string_view device, const char* unsupported) {
  const std::string_view kind = device.substr(0, 3);
  if (equal_ignoring_case(kind, "GPU")) throw CommandError("GPU requested but Torch couldn't find CUDA");
  if (!equal_ignoring_case(kind, "CPU")) throw CommandError(unsupported);
  if (device.size() == 3) return;
  const std::optional<std::int64_t> number = parse_integer(device.substr(std::min<std::size_t>(4, device.size())));
  if (device[3] != ':' || !number || *number < 0) throw CommandError(unsupported);
}

}  // namespace windtunnel::tensordb
