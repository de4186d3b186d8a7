// The settings of the module: from its load-time arguments, some of them changed later by AI.CONFIG.
// Promise: read and changed on the main thread, but for what never changes after loading.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tensordb/arguments.h"

namespace windtunnel::tensordb {

struct ModuleSettings {
  std::int64_t threads = 0;                           ///< THREADS: workers; when loaded, 0 becomes one per core
  std::int64_t intra_op_threads = 1;                  ///< INTRA_OP: LibTorch's threads inside one script
  bool native = true;                                 ///< NATIVE yes|no: the TENSOR.* commands
  std::int64_t max_tensor_bytes = 0;                  ///< MAX_TENSOR_MB; 0 becomes half of the memory, at most 8 GiB
  std::int64_t max_script_bytes = 0;                  ///< MAX_SCRIPT_MB: see max_script_bytes(); 0: half
  std::int64_t pool_bytes = std::int64_t{256} << 20;  ///< POOL_MB: memory of dropped tensors kept for new ones
  std::int64_t script_time_limit_ms = 60'000;         ///< SCRIPT_TIME_LIMIT_MS
  std::int64_t model_chunk_bytes = 535'822'336;       ///< MODEL_CHUNK_SIZE: longest piece of a model in a reply
};

const ModuleSettings& settings();

/// All tensors that programs hold together, a loaded model's own included, in bytes. From any thread.
std::int64_t max_script_bytes();

/// Reads the load-time arguments, `NAME value` each; RedisAI's have the effect of ours, or none. What is to be said of
/// them in the log comes back. Throws CommandError with what is known or allowed.
std::vector<std::string> load_settings(Arguments arguments);

/// The value of a setting, a number or a word, by the name of its argument in any case; nothing when there is none of
/// that name.
std::optional<std::variant<std::int64_t, std::string>> setting_named(std::string_view name);

/// Sets MAX_SCRIPT_MB from now on. Throws CommandError when it is out of bounds.
void set_max_script_mb(std::optional<std::int64_t> mebibytes);

/// Throws CommandError when it is out of bounds.
void set_model_chunk_bytes(std::optional<std::int64_t> bytes);

}  // namespace windtunnel::tensordb
