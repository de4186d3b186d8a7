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

/// Registers all commands. False when the server refuses one.
bool register_commands(redis::Context* context);

// commands/
extern const Command tensor_set, tensor_get, tensor_restore;
extern const Command script_store, script_get, script_del, script_execute, script_info;
extern const Command model_store, model_get, model_del, model_execute;
extern const Command dag_execute, dag_execute_ro;
extern const Command script_set, script_run, model_set, model_run, dag_run, dag_run_ro;  // deprecated by RedisAI
extern const Command config, script_scan, model_scan;
extern const Command tensor_aggregate, tensor_update, tensor_accumulate, tensor_aggupdate, model_update, tensor_info;

}  // namespace windtunnel::tensordb
