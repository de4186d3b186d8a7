// What AI.INFO counts of a script or a model.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace windtunnel::tensordb {

struct Statistics {
  std::atomic<std::int64_t> calls{0};
  std::atomic<std::int64_t> errors{0};
  std::atomic<std::int64_t> duration_us{0};

  /// Runs `call` and counts it.
  template <class Call>
  auto count(Call call) {
    const auto start = std::chrono::steady_clock::now();
    ++calls;
    try {
      auto result = call();
      duration_us +=
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
      return result;
    } catch (...) {
      ++errors;
      throw;
    }
  }
};

}  // namespace windtunnel::tensordb
