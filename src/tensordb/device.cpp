#include "tensordb/device.h"

#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

std::optional<Device> device_named(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string_view kind = name.substr(0, colon);
  Device device;
  device.cuda = equal_ignoring_case(kind, "CUDA") || equal_ignoring_case(kind, "GPU");
  if (!device.cuda && !equal_ignoring_case(kind, "CPU")) return std::nullopt;
  if (colon == std::string_view::npos) return device;
  const std::string_view digits = name.substr(colon + 1);
  const std::optional<std::int64_t> index = parse_integer(digits);
  if (digits.size() > 5 || !index || *index < 0) return std::nullopt;
  device.index = static_cast<int>(*index);
  return device;
}

Device stored_device(std::string_view name) {
  const std::optional<Device> device = device_named(name);
  if (!device) throw CommandError("ERR unsupported device " + shown(name));
  return *device;
}

}  // namespace windtunnel::tensordb
