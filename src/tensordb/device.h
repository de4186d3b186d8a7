// Where a program runs: the device names of RedisAI.
#pragma once

#include <optional>
#include <string_view>

namespace windtunnel::tensordb {

struct Device {
  bool cuda = false;
  int index = 0;  ///< of CUDA devices; every CPU:n is the same workers
};

/// "CPU", "CPU:n", "CUDA", "CUDA:n", and "GPU" for "CUDA", in any case, n of at most five digits; nothing for another
/// name. Says nothing about whether the machine has it.
std::optional<Device> device_named(std::string_view name);

/// The same for a name that was accepted once. Throws CommandError.
Device stored_device(std::string_view name);

}  // namespace windtunnel::tensordb
