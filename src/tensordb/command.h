// A command of the module: name, flags, grammar, action. The list of all is in commands.cpp, one file per command (or
// pair) in commands/.
#pragma once

#include <memory>

#include "tensordb/arguments.h"
#include "tensordb/job.h"
#include "tensordb/redis_api.h"

namespace windtunnel::tensordb {

struct Command {
  const char* name;
  const char* flags;  ///< for Redis; "getkeys-api" is added

  /// Reads the whole command line, taking keys as keys. Throws CommandError when it is malformed.
  void (*parse)(Arguments& arguments);
  /// Does the command: replies once, or throws CommandError before any reply.
  void (*run)(redis::Context* context, redis::String** argv, Arguments& arguments);
};

/// The settings of the module, from its load-time arguments.
struct ModuleSettings {
  int threads = 0;                    ///< THREADS n: workers; 0: one per core
  int intra_op_threads = 1;           ///< INTRA_OP n: LibTorch's threads inside one script
  bool native = true;                 ///< NATIVE yes|no: the TENSOR.* commands
  std::int64_t max_tensor_bytes = 0;  ///< MAX_TENSOR_MB n; 0: half of the machine's memory, at most 8 GiB
  std::int64_t max_script_bytes = 0;  ///< MAX_SCRIPT_MB n: all tensors of running programs; 0: half of the memory
  std::int64_t pool_bytes = std::int64_t{256} << 20;  ///< POOL_MB n: memory of dropped tensors kept for new ones
  std::int64_t script_time_limit_ms = 60'000;         ///< SCRIPT_TIME_LIMIT_MS n
};

const ModuleSettings& settings();

/// Registers all commands. False when the server refuses one.
bool register_commands(redis::Context* context);

// commands/
extern const Command tensor_set, tensor_get, tensor_restore;
extern const Command script_store, script_get, script_del, script_execute, script_info;
extern const Command model_store, model_get, model_del, model_execute;
extern const Command dag_execute, dag_execute_ro;
extern const Command tensor_aggregate, tensor_update, tensor_accumulate, tensor_aggupdate, model_update, tensor_info;

}  // namespace windtunnel::tensordb
