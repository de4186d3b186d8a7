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
  std::atomic<std::int64_t> samples{0};  ///< of a model: along the first dimension of its first output

  /// Runs `call`, which returns the outputs, and counts it.
  template <class Call>
  auto count(Call call) {
    const auto start = std::chrono::steady_clock::now();
    ++calls;
    try {
      auto result = call();
      duration_us +=
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
      if (!result.empty()) samples += result[0]->shape.empty() ? 1 : result[0]->shape[0];
      return result;
    } catch (...) {
      ++errors;
      throw;
    }
  }
};

}  // namespace windtunnel::tensordb
