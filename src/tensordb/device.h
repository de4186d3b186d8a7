// Device names of RedisAI: "CPU" and "CPU:<n>", "GPU…" where LibTorch has one.
#pragma once

#include <string_view>

namespace windtunnel::tensordb {

/// Throws CommandError: `unsupported` for a name that is none, RedisAI's words for a GPU that is not there.
void check_device(std::string_view device, const char* unsupported);

}  // namespace windtunnel::tensordb
